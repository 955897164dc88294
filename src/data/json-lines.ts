import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {quote} from '../base/quote.ts'
import type {DataRecord, Fields} from './record.ts'

/** JSON lines of at most `most` characters, or one JSON array of objects. Lines end at \n alone; blank ones do not count. */
export function parseJsonLines(text: string, file: string, most: number): DataRecord[] {
  return text.trimStart().startsWith('[') ? ofArray(text, file) : ofLines(text, file, most)
}

/** A text as one JSON object; `where` names it in the Fault where it is not. */
export function parseObject(text: string, where: string): Fields {
  return object(parse(text, where), where)
}

function ofLines(text: string, file: string, most: number): DataRecord[] {
  const found: DataRecord[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const where = `${file}:${i + 1}`
    if (line.length > most)
      throw new Fault('input', `${where}: a line of ${line.length} characters, at most ${most} are read; leave it out`)
    found.push({fields: parseObject(line, where), where})
  }
  return found
}

function ofArray(text: string, file: string): DataRecord[] {
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
    throw new Fault('input', `${where}: not JSON: ${escapeLine((cause as Error).message, 120)}`, {cause})
  }
}

function object(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new Fault('input', `${where}: not a JSON object: ${quote(value)}`)
}
