import {Fault} from '../engine/fault.ts'
import {findShards} from '../parquet/shards.ts'
import {parseJsonLines} from './json-lines.ts'
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
}

/**
 * Reads a data file, its form told by its ending: `.parquet`, `.tsv`, else JSON lines or one JSON array. The path may be
 * of a folder of parquet files or have a * in its last part, for data in several files; they are read by name.
 * Throws a Fault that names the place where one is not an object.
 */
export async function readObjects(path: string, options: ObjectOptions = {}): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const file of await findShards(path)) {
    for (const object of await readFile(file, options)) found.push(object)
  }
  if (found.length === 0) throw new Fault('input', `${path}: holds no data`)
  return found
}

/** The text under `key`; a Fault where there is none. */
export function textOf({fields, where}: Found, key: string): string {
  const value = fields[key]
  if (typeof value === 'string') return value
  const problem = value === undefined ? 'is missing' : `is not a text: ${JSON.stringify(value).slice(0, 80)}`
  throw new Fault('input', `${where}: "${key}" ${problem}`)
}

async function readFile(file: string, {columns}: ObjectOptions): Promise<readonly Found[]> {
  if (file.endsWith('.parquet')) return (await import('./parquet.ts')).readParquet(file) // loads in 70 ms
  const text = await readText(file)
  if (text === undefined) throw new Fault('io', `${file}: no such file`)
  return file.endsWith('.tsv') ? parseTsv(text, file, columns) : parseJsonLines(text, file)
}
