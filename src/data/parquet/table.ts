import {type ColumnData, type FileMetaData, flatten, parquetRead} from 'hyparquet'
import {Fault, prefixFaults} from '../../base/fault.ts'
import {ioFault} from '../../base/io-fault.ts'
import {type OpenFile, withFile} from '../../base/read-file.ts'
import {type Column, type Footer, type RowGroup, readFooter} from './footer.ts'
import {checkPages, type UnpackBudget} from './pages.ts'

/** A parquet file whose footer is read. */
export interface ParquetTable extends Footer {
  readonly file: string
  readonly bytes: number
}

export type Cells = Readonly<Record<string, unknown>>

/** Opens a file of Apache Parquet. Throws a Fault that names it where it is damaged, or says more than it can hold. */
export async function openTable(file: string): Promise<ParquetTable> {
  return withTable(file, async opened => ({...(await readFooter(opened)), file, bytes: opened.bytes}))
}

/** The limit on what is unpacked of a file at once: a hundred times its size, at least 64 MiB and at most 512 MiB. */
export function budgetOf({bytes}: ParquetTable): UnpackBudget {
  return {limit: Math.min(2 ** 29, Math.max(2 ** 26, 100 * bytes)), spent: 0}
}

export interface GroupOptions {
  /** The columns to read; all where absent. */
  readonly columns?: readonly string[]
  /** What may be unpacked; `budgetOf` the file for each group where absent. */
  readonly budget?: UnpackBudget
}

/**
 * The rows of one group, each an object: text, numbers (also integers of 64 bits, where a number holds them exactly),
 * booleans, dates, bytes as views, lists, objects; null where a value is missing.
 */
export async function readGroup(
  table: ParquetTable,
  index: number,
  {columns: names, budget = budgetOf(table)}: GroupOptions = {},
): Promise<Cells[]> {
  const group = table.groups[index]
  const columns = names === undefined ? table.columns : names.map(name => columnOf(table, name))
  return withTable(table.file, async file => {
    const names = new Set(columns.map(({name}) => name))
    const values = group.chunks.reduce((sum, {path, values}) => sum + (names.has(path[0]) ? values : 0), 0)
    if (values > MOST_VALUES)
      throw new Fault('input', `a row group of more than the ${MOST_VALUES} values that are read at once`)
    const read: (readonly [string, ArrayLike<unknown>])[] = []
    for (const column of columns) read.push([column.name, await readColumn(file, {column, group, budget})])
    return Array.from({length: group.rows}, (_, row) =>
      Object.fromEntries(read.map(([name, values]) => [name, toPlain(values[row], name)])),
    )
  })
}

/** Lends `use` an open parquet file. Faults name the file, and an error of the library is one of a damaged file. */
async function withTable<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  return withFile(path, file =>
    prefixFaults(path, () =>
      use(file).catch(cause => {
        const error = ioFault(path, cause)
        if (error instanceof Fault || !(error instanceof Error)) throw error
        const reason = error.message.replace(/\p{C}+/gu, ' ').slice(0, 120)
        throw new Fault('input', `damaged, or not a parquet file that can be read (${reason}); copy it again`, {cause})
      }),
    ),
  )
}

function columnOf({columns, file}: ParquetTable, name: string): Column {
  const column = columns.find(column => column.name === name)
  if (column !== undefined) return column
  const known = columns.map(({name}) => name).join(', ')
  throw new Fault('input', `${file}: no column ${name}; there are ${known.slice(0, 200)}`)
}

interface ColumnOptions {
  readonly column: Column
  readonly group: RowGroup
  readonly budget: UnpackBudget
}

/**
 * Reads a column of a group: hyparquet decodes it as a file of this one column, whose pages are checked and unpacked
 * before. In that file the chunks are far apart, so that hyparquet asks for each alone.
 */
async function readColumn(file: OpenFile, {column, group, budget}: ColumnOptions): Promise<ArrayLike<unknown>> {
  checkKind(column)
  const buffers: ArrayBuffer[] = []
  const columns: FileMetaData['row_groups'][number]['columns'] = []
  const pages = new Map<ArrayBufferLike, ReadonlyMap<number, Uint8Array>>()
  for (const chunk of group.chunks.filter(({path}) => path[0] === column.name)) {
    const bytes = new Uint8Array(chunk.bytes)
    await file.read(bytes, chunk.offset)
    const {unpacked, end} = await prefixFaults(`column ${chunk.path.join('.')}`, () => checkPages(bytes, chunk, budget))
    const data_page_offset = BigInt(buffers.length * GAP)
    columns.push({file_offset: 0n, meta_data: {...chunk.meta, dictionary_page_offset: undefined, data_page_offset}})
    buffers.push(end < bytes.length ? bytes.buffer.slice(0, end) : bytes.buffer)
    pages.set(buffers[buffers.length - 1], unpacked)
  }
  const unpack = (packed: Uint8Array) => pages.get(packed.buffer)?.get(packed.byteOffset) ?? new Uint8Array()
  const schema = [{name: 'root', num_children: 1}, ...column.schema]
  const rowGroup = {columns, num_rows: BigInt(group.rows), total_byte_size: 0n}
  const parts: ColumnData['columnData'][] = []
  await prefixFaults(`column ${column.name}`, () =>
    parquetRead({
      file: {byteLength: GAP * buffers.length, slice: start => buffers[start / GAP]},
      metadata: {version: 1, schema, num_rows: rowGroup.num_rows, row_groups: [rowGroup], metadata_length: 0},
      compressors: {SNAPPY: unpack, GZIP: unpack, ZSTD: unpack},
      utf8: false,
      parsers: {stringFromBytes},
      onChunk: ({columnData}) => parts.push(columnData),
    }),
  )
  const values = flatten(parts)
  if (values.length === group.rows) return values
  throw new Fault('input', `column ${column.name}: ${values.length} values in ${group.rows} rows`)
}

function checkKind({name, schema}: Column): void {
  for (const element of schema) {
    const kinds = [element.converted_type, element.logical_type?.type]
    const unknown = kinds.find(kind => kind !== undefined && !KINDS.has(kind))
    if (unknown !== undefined) throw new Fault('input', `column ${name}: values of kind ${unknown} are not read`)
    if (element.name === '__proto__') throw new Fault('input', `column ${name}: a column may not be named __proto__`)
  }
}

function stringFromBytes(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new Fault('input', 'a text is not UTF-8', {cause})
  }
}

const UTF8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** A value as JSON has it, except for dates and bytes. */
function toPlain(value: unknown, column: string): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new Fault('input', `column ${column}: an integer beyond 2⁵³: ${value}`)
  }
  if (typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(part => toPlain(part, column))
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toPlain(part, column)]))
}

const KINDS = new Set<string>([
  ...['UTF8', 'STRING', 'ENUM', 'JSON', 'LIST', 'NULL', 'INTEGER', 'FLOAT16', 'DATE', 'TIME', 'TIMESTAMP'],
  ...['INT_8', 'INT_16', 'INT_32', 'INT_64', 'UINT_8', 'UINT_16', 'UINT_32', 'UINT_64'],
  ...['TIME_MILLIS', 'TIME_MICROS', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS'],
])

const MOST_VALUES = 2 ** 24

/** Larger than any file, see footer.ts. */
const GAP = 2 ** 40
