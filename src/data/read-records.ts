import {Fault} from '../base/fault.ts'
import {readText} from '../base/read-text.ts'
import {parseJsonLines} from './json-lines.ts'
import {type DataRecord, MOST_CHARACTERS} from './record.ts'
import {findShards} from './shards.ts'
import {parseTsv} from './tsv.ts'

export interface RecordOptions {
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
export async function readRecords(path: string, options: RecordOptions = {}): Promise<readonly DataRecord[]> {
  const found: DataRecord[] = []
  for (const file of await findShards(path)) {
    for (const object of await readFile(file, options)) {
      checkLength(object, options.most ?? MOST_TEXT)
      found.push(options.forms === undefined ? object : {...object, forms: options.forms})
    }
  }
  if (found.length === 0) throw new Fault('input', `${path}: holds no data`)
  return found
}

function checkLength({fields, where}: DataRecord, most: number): void {
  let characters = 0
  for (const value of Object.values(fields)) if (typeof value === 'string') characters += value.length
  if (characters <= most) return
  throw new Fault(
    'input',
    `${where}: ${characters} characters of text, at most ${most} are read; shorten or leave it out`,
  )
}

async function readFile(file: string, {columns}: RecordOptions): Promise<readonly DataRecord[]> {
  if (file.endsWith('.parquet')) return (await import('./read-parquet.ts')).readParquet(file) // loads in 70 ms
  const text = await readText(file)
  if (text === undefined) throw new Fault('io', `${file}: no such file`)
  if (file.endsWith('.csv')) return (await import('./csv.ts')).parseCsv(text, file)
  return file.endsWith('.tsv') ? parseTsv(text, file, columns) : parseJsonLines(text, file, MOST_LINE)
}
