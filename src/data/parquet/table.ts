import type {DecodedArray, SchemaTree} from 'hyparquet'
import {assembleNested} from 'hyparquet/src/assemble.js'
import {DEFAULT_PARSERS} from 'hyparquet/src/convert.js'
import {Fault, faultsAt} from '../../base/fault.ts'
import {type Budget, openBudget} from './budget.ts'
import {type Footer, readFooter} from './footer.ts'
import {withTable} from './open.ts'
import {type Chunk, decodeChunk} from './pages.ts'

/** A parquet file of which the footer is read. */
export interface ParquetTable extends Footer {
  readonly file: string
  readonly bytes: number
}

export type Cells = Readonly<Record<string, unknown>>

/** Opens a file of Apache Parquet. Throws a Fault that names it where it is damaged, or says more than it can hold. */
export async function openTable(file: string): Promise<ParquetTable> {
  return withTable(file, async opened => ({...(await readFooter(opened)), file, bytes: opened.bytes}))
}

/** What may be unpacked of a file at once: a hundred times its size, at most 512 MiB; 64 MiB even of a small one. */
export function budgetOf({bytes}: ParquetTable): Budget {
  return openBudget(Math.min(2 ** 29, Math.max(2 ** 26, 100 * bytes)))
}

export interface GroupOptions {
  /** Columns to read; all unless told. */
  readonly columns?: readonly string[]
  /** What may be unpacked; `budgetOf` the file for each group unless told. */
  readonly budget?: Budget
}

/**
 * The rows of one group, each an object: text, numbers (integers of 64 bits too, where a number holds them exactly),
 * booleans, dates, bytes as views, lists, objects; null where a value is missing.
 */
export async function readGroup(
  table: ParquetTable,
  index: number,
  {columns: wanted, budget = budgetOf(table)}: GroupOptions = {},
): Promise<Cells[]> {
  const {file, columns: all, groups} = table
  const {rows, chunks} = groups[index]
  const columns = wanted === undefined ? all : wanted.map(name => columnOf(all, name, file))
  checkCount(chunks, columns, file)
  return withTable(file, async opened => {
    const read: (readonly [string, DecodedArray])[] = []
    for (const column of columns) {
      const {name} = column.element
      const mine = chunks.filter(({meta}) => meta.path_in_schema[0] === name)
      const parts = new Map<string, DecodedArray>()
      for (const chunk of mine) {
        const path = chunk.meta.path_in_schema.join('.')
        checkKind(chunk, path)
        const bytes = await opened.read(chunk.offset, chunk.bytes)
        parts.set(path, await faultsAt(`column ${path}`, () => decodeChunk(bytes, chunk, budget)))
      }
      if (column.children.length > 0) assembleNested(parts, column, DEFAULT_PARSERS)
      const values = parts.get(name)
      if (values?.length !== rows) throw new Fault('input', `column ${name}: ${values?.length} values in ${rows} rows`)
      read.push([name, values])
    }
    return Array.from({length: rows}, (_, row) =>
      Object.fromEntries(read.map(([name, values]) => [name, plain(values[row], name)])),
    )
  })
}

function columnOf(columns: readonly SchemaTree[], name: string, file: string): SchemaTree {
  const column = columns.find(({element}) => element.name === name)
  if (column !== undefined) return column
  const known = columns.map(({element}) => element.name).join(', ')
  throw new Fault('input', `${file}: no column ${name}; there are ${known.slice(0, 200)}`)
}

/** Pages repeat a value as often as they like in a few bytes. */
function checkCount(chunks: readonly Chunk[], columns: readonly SchemaTree[], file: string): void {
  const names = new Set(columns.map(({element}) => element.name))
  const mine = chunks.filter(({meta}) => names.has(meta.path_in_schema[0]))
  if (mine.reduce((sum, {values}) => sum + values, 0) <= MOST_VALUES) return
  throw new Fault('input', `${file}: a row group of more than ${MOST_VALUES} values, which are not read at once`)
}

function checkKind({schemaPath}: Chunk, path: string): void {
  for (const {element} of schemaPath.slice(1)) {
    const kinds = [element.converted_type, element.logical_type?.type].filter(kind => kind !== undefined)
    const strange = kinds.find(kind => !KINDS.has(kind))
    if (strange !== undefined) throw new Fault('input', `column ${path}: values of kind ${strange} are not read`)
    if (element.name === '__proto__') throw new Fault('input', `column ${path}: a column may not be named so`)
  }
}

/** A value as JSON has it, but for dates and bytes. */
function plain(value: unknown, column: string): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new Fault('input', `column ${column}: an integer beyond 2⁵³: ${value}`)
  }
  if (typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(part => plain(part, column))
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part, column)]))
}

const KINDS = new Set<string>([
  ...['UTF8', 'STRING', 'ENUM', 'JSON', 'LIST', 'NULL', 'INTEGER', 'FLOAT16', 'DATE', 'TIME', 'TIMESTAMP'],
  ...['INT_8', 'INT_16', 'INT_32', 'INT_64', 'UINT_8', 'UINT_16', 'UINT_32', 'UINT_64'],
  ...['TIME_MILLIS', 'TIME_MICROS', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS'],
])

const MOST_VALUES = 2 ** 24
