import {extname} from 'node:path'
import {Fault} from '../base/fault.ts'
import {isObject} from '../base/json.ts'
import {readStart, readText, refusePointer, withFile} from '../base/read-file.ts'
import {parseFirst} from './first-record.ts'
import {parseJsonLines} from './json-lines.ts'
import {classNames} from './parquet/class-names.ts'
import {openTable, readRows, readTable} from './parquet/table.ts'
import {type DataRecord, type Fields, MOST_CHARACTERS, MOST_TEXT, SPLIT_FILE} from './record.ts'
import {findShards} from './shards.ts'
import {parseTsv, type TsvOptions} from './tsv.ts'

export interface RecordOptions extends TsvOptions {
  /** The limit of characters in all texts of one record; MOST_TEXT if absent. */
  readonly most?: number
  /** The columns that are accepted, in words, for the fault of a record without them. */
  readonly forms?: string
  /** Read the first record alone; of a large text file only the beginning is read, unless the record does not end there. */
  readonly first?: boolean | undefined
}

/** The limit of a test's record: a prompt, which a template makes a little longer, is never truncated. */
export const UNCUT = {most: MOST_CHARACTERS / 2} as const

/**
 * Reads a data file in the form that its extension names: `.parquet`, `.tsv`, `.csv`, else JSON lines or one JSON array. The path may
 * stand for several files (`findShards`), which are read in the order of their paths.
 *
 * @throws Fault 'input' with file and line, if a record is not an object or has too much text
 */
export async function readRecords(path: string, options: RecordOptions = {}): Promise<readonly DataRecord[]> {
  const found: DataRecord[] = []
  for (const file of await findShards(path)) {
    for (const object of await readFile(file, options)) {
      checkLength(object, options.most ?? MOST_TEXT)
      found.push(options.forms === undefined ? object : {...object, forms: options.forms})
      if (options.first) return found
    }
  }
  if (found.length === 0) throw new Fault('input', `${path}: has no data`)
  return found
}

function checkLength({fields, where}: DataRecord, most: number): void {
  const characters = countCharacters(fields)
  if (characters <= most) return
  throw new Fault('input', `${where}: ${characters} characters of text; at most ${most} are read; shorten or remove it`)
}

/** Counts the characters of all texts in a record, those in lists and maps too, however deep they are. */
function countCharacters(fields: Fields): number {
  let characters = 0
  const open = Object.values(fields)
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') characters += value.length
    else if (Array.isArray(value)) for (const inner of value) open.push(inner)
    else if (isObject(value) && !ArrayBuffer.isView(value)) for (const inner of Object.values(value)) open.push(inner)
  }
  return characters
}

const TEXTS = ['.jsonl', '.json', '.csv', '.tsv']

const KNOWN = '.jsonl, .json, .csv, .tsv and .parquet'

/** The programs that unpack a file, by its ending. */
const UNPACK = new Map([
  ['.gz', 'gunzip'],
  ['.bz2', 'bunzip2'],
  ['.xz', 'unxz'],
  ['.zst', 'unzstd'],
  ['.zip', 'unzip'],
])

const compressed = (program: string) => `a compressed file; unpack it first, with ${program}`

/** What a file is that has the name of a text file and is none, by how it begins. */
const DISGUISED = new Map([
  ['\u001f\u008b', compressed('gunzip')],
  ['PAR1', 'a parquet file; rename it to end in .parquet'],
])

/** The first bytes of a file, one character each. */
function readHead(file: string): Promise<string> {
  return withFile(file, async opened => {
    const bytes = new Uint8Array(Math.min(opened.bytes, 64))
    await opened.read(bytes, 0)
    return Buffer.from(bytes).toString('latin1')
  })
}

/** Whether a file of any name holds JSON, or nothing. */
const beginsAsJson = (head: string) => /^(?:\u00ef\u00bb\u00bf)?\s*([[{]|$)/.test(head)

async function readFile(file: string, {columns, shortLines, first}: RecordOptions): Promise<readonly DataRecord[]> {
  if (file.endsWith('.parquet')) {
    const table = await openTable(file)
    const left = table.columns.flatMap(({name, unread}) => (unread === undefined ? [] : [[name, unread]]))
    const unread = left.length > 0 ? Object.fromEntries(left) : undefined
    const rows = first ? await readRows(file, {group: 'first'}) : await readTable(table)
    const named = classNames(table)
    const names = named.size > 0 ? named : undefined
    return rows.map((fields, i) => ({fields, where: `${file}: row ${i + 1}`, unread, classNames: names}))
  }
  const head = await readHead(file)
  if (!TEXTS.includes(extname(file)) && !beginsAsJson(head)) {
    const unpack = UNPACK.get(extname(file))
    const what = unpack ? compressed(unpack) : `not data that can be read; known: ${KNOWN}`
    throw new Fault('input', `${file}: ${what}`)
  }
  refusePointer(Buffer.from(head, 'latin1'), file)
  for (const [beginning, what] of DISGUISED)
    if (head.startsWith(beginning)) throw new Fault('input', `${file}: ${what}`)
  const record = first ? parseFirst(await readStart(file), {file, columns, shortLines}) : undefined
  if (record) return [record]
  const text = await readText(file, {advice: SPLIT_FILE})
  if (text === undefined) throw new Fault('io', `${file}: no such file`)
  if (file.endsWith('.csv')) return (await import('./csv.ts')).parseCsv(text, file)
  return file.endsWith('.tsv') ? parseTsv(text, file, {columns, shortLines}) : parseJsonLines(text, file)
}
