import {Fault} from '../engine/fault.ts'
import type {Fields, Found} from './objects.ts'

/** JSON lines, or one JSON array of objects. Lines end at \n alone; blank ones do not count. */
export function parseJsonLines(text: string, file: string): Found[] {
  return text.trimStart().startsWith('[') ? ofArray(text, file) : ofLines(text, file)
}

/** A text as one JSON object; `where` names it in the Fault where it is not. */
export function parseObject(text: string, where: string): Fields {
  return object(parse(text, where), where)
}

function ofLines(text: string, file: string): Found[] {
  const found: Found[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const where = `${file}:${i + 1}`
    found.push({fields: parseObject(line, where), where})
  }
  return found
}

function ofArray(text: string, file: string): Found[] {
  const entries = parse(text, file) as unknown[] // it begins with a bracket
  return entries.map((entry, i) => {
    const where = `${file}: entry ${i + 1}`
    return {fields: object(entry, where), where}
  })
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Fault('input', `${where}: not JSON: ${(cause as Error).message}`, {cause})
  }
}

function object(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new Fault('input', `${where}: not a JSON object: ${JSON.stringify(value).slice(0, 80)}`)
}
