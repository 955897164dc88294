import {Fault} from '../engine/fault.ts'
import {findShards} from '../parquet/shards.ts'
import {parseJsonLines} from './json-lines.ts'
import {MOST_CHARACTERS} from './prefixes.ts'
import {inline} from './printable.ts'
import {quoted} from './quoted.ts'
import {readText} from './read-text.ts'
import {parseTsv} from './tsv.ts'

export type Fields = Readonly<Record<string, unknown>>

/** One object of a data file, and where it stands: `file:line`, or `file: entry 3` of an array, `file: row 3` of a table. */
export interface Found {
  readonly fields: Fields
  readonly where: string
  /** The columns that its reader accepts, in words. */
  readonly forms?: string | undefined
}

export interface ObjectOptions {
  /** The columns of TSV files without a line that names them. */
  readonly columns?: readonly string[]
  /** The most characters that one object's texts may have together; MOST_TEXT where absent. */
  readonly most?: number
  /** The columns that are accepted, in words, for the fault of an object that lacks one. */
  readonly forms?: string
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
      found.push(options.forms === undefined ? object : {...object, forms: options.forms})
    }
  }
  if (found.length === 0) throw new Fault('input', `${path}: holds no data`)
  return found
}

/** The text under `key`; a Fault where there is none. */
export function textOf(found: Found, key: string): string {
  const {fields, where} = found
  const value = fields[key]
  if (typeof value === 'string') return value
  if (value === undefined) throw missing(found, [key])
  throw new Fault('input', `${where}: "${key}" is not a text: ${quoted(value)}`)
}

/** The fault of an object that has none of the columns `names`, which is one of the recipe's `data`. */
export function missing({fields, where, forms}: Found, names: readonly string[]): Fault {
  const found = Object.keys(fields)
  const shown = found.slice(0, 12).map(name => inline(name, 40))
  const others = found.length > shown.length ? ` and ${found.length - shown.length} more` : ''
  const accepted = forms === undefined ? '' : `; accepted: ${forms}`
  const wanted = names.map(name => `"${name}"`).join(' or ')
  const message = `${where}: column ${wanted} is missing; found: ${shown.join(', ') || 'none'}${others}${accepted}`
  return new Fault('input', message, {at: ['data']})
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
