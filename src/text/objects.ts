import {Fault} from '../engine/fault.ts'
import {findShards} from '../parquet/shards.ts'
import {parseJsonLines} from './json-lines.ts'
import {MOST_CHARACTERS} from './prefixes.ts'
import {quoted} from './quoted.ts'
import {readText} from './read-text.ts'
import {parseTsv} from './tsv.ts'

export type Fields = Readonly<Record<string, unknown>>

/** One object of a data file, and where it stands: `file:line`, or `file: entry 3` of an array, `file: row 3` of a table. */
export interface Found {
  readonly fields: Fields
  readonly where: string
}

export interface ObjectOptions {
  /** The columns of TSV files without a line that names them. */
  readonly columns?: readonly string[]
  /** The most characters that one object's texts may have together; MOST_TEXT where absent. */
  readonly most?: number
}

/** Of an object that is trained on, whose texts are cut. */
const MOST_TEXT = 2 ** 24

/** Of a line, with what JSON writes around its texts and for what it escapes. */
const MOST_LINE = 2 * MOST_TEXT

/** Of an object of a test: a prompt, which a template makes a little longer, is never cut. */
export const UNCUT = {most: MOST_CHARACTERS / 2} as const

/**
 * Reads a data file, its form told by its ending: `.parquet`, `.tsv`, `.csv`, else JSON lines or one JSON array. The path may be
 * of a folder of parquet files or have a * in its last part, for data in several files; they are read by name.
 * Throws a Fault that names the place where one is not an object, or has more text than may be read.
 */
export async function readObjects(path: string, options: ObjectOptions = {}): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const file of await findShards(path)) {
    for (const object of await readFile(file, options)) {
      checkLength(object, options.most ?? MOST_TEXT)
      found.push(object)
    }
  }
  if (found.length === 0) throw new Fault('input', `${path}: holds no data`)
  return found
}

/** The text under `key`; a Fault where there is none. */
export function textOf({fields, where}: Found, key: string): string {
  const value = fields[key]
  if (typeof value === 'string') return value
  const problem = value === undefined ? 'is missing' : `is not a text: ${quoted(value)}`
  throw new Fault('input', `${where}: "${key}" ${problem}`)
}

function checkLength({fields, where}: Found, most: number): void {
  let characters = 0
  for (const value of Object.values(fields)) if (typeof value === 'string') characters += value.length
  if (characters <= most) return
  throw new Fault(
    'input',
    `${where}: ${characters} characters of text, at most ${most} are read; shorten or leave it out`,
  )
}

async function readFile(file: string, {columns}: ObjectOptions): Promise<readonly Found[]> {
  if (file.endsWith('.parquet')) return (await import('./parquet.ts')).readParquet(file) // loads in 70 ms
  const text = await readText(file)
  if (text === undefined) throw new Fault('io', `${file}: no such file`)
  if (file.endsWith('.csv')) return (await import('./csv.ts')).parseCsv(text, file)
  return file.endsWith('.tsv') ? parseTsv(text, file, columns) : parseJsonLines(text, file, MOST_LINE)
}
