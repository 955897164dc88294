import {readFile} from 'node:fs/promises'
import {Fault} from '../engine/fault.ts'

export type Fields = Readonly<Record<string, unknown>>

/** One JSON object of a data file, and where it stands: `file:line`, or `file: entry 3` of an array. */
export interface Found {
  readonly fields: Fields
  readonly where: string
}

/**
 * Reads a data file: JSON lines, or one JSON array. Lines end at \n alone; blank ones do not count.
 * Throws a Fault that names the line where one is not a JSON object.
 */
export async function readObjects(file: string): Promise<readonly Found[]> {
  const text = await readText(file)
  if (text === undefined) throw new Fault('input', `${file}: no such file`)
  const found = text.trimStart().startsWith('[') ? ofArray(text, file) : ofLines(text, file)
  if (found.length === 0) throw new Fault('input', `${file}: holds no data`)
  return found
}

/** The text under `key`; a Fault where there is none. */
export function textOf({fields, where}: Found, key: string): string {
  const value = fields[key]
  if (typeof value === 'string') return value
  const problem = value === undefined ? 'is missing' : `is not a text: ${JSON.stringify(value).slice(0, 80)}`
  throw new Fault('input', `${where}: "${key}" ${problem}`)
}

/** A text as one JSON object; `where` names it in the Fault where it is not. */
export function parseObject(text: string, where: string): Fields {
  return object(parse(text, where), where)
}

/** A file's text without a byte order mark; undefined where there is no such file. */
export async function readText(file: string): Promise<string | undefined> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (cause) {
    const {code, message} = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new Fault('io', `${file}: cannot be read: ${message}`, {cause})
  }
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Fault('input', `${file}: not UTF-8 text`, {cause})
  }
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
