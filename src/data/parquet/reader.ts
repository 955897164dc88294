// The entry of the process that `requestFromReader` starts.
import {serialize} from 'node:v8'
import {gunzipSync} from 'node:zlib'
import {
  type AsyncBuffer,
  type ColumnData,
  type FileMetaData,
  flatten,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet'
import {compressors, decompressLz4, decompressLz4Raw} from 'hyparquet-compressors'
import {sum} from '../../base/collections.ts'
import {Fault, ioFault, prefixFaults} from '../../base/fault.ts'
import {type OpenFile, refusePointer, withFile} from '../../base/read-file.ts'
import {UTF8} from '../../base/text/utf8.ts'
import {SPLIT_FILE} from '../record.ts'
import type {ReadRequest, ReadResponse} from './reader-process.ts'
import type {Cells, ParquetTable} from './table.ts'

process.on('disconnect', () => process.exit())
process.on('unhandledRejection', () => {}) // of the library's other columns, once one has failed
process.on('message', async (request: ReadRequest) => process.send?.(await respond(request)))

async function respond(request: ReadRequest): Promise<ReadResponse> {
  const {file, limit} = request
  try {
    const result = serializeIfFits(await withFile(file, opened => prefixFaults(file, () => read(opened, request))))
    if (result && result.length <= limit) return result
    return {
      kind: 'input',
      message: `${file}: unpacks to more than the ${limit} bytes that are read at once; ${SPLIT_FILE}, or remove columns that are not used`,
    }
  } catch (cause) {
    const error = ioFault(file, cause)
    if (error instanceof Fault) return {kind: error.kind, message: error.message}
    const reason = String(error instanceof Error ? error.message : error)
      .replace(/\p{C}+/gu, ' ')
      .slice(0, 120)
    const message = `${file}: damaged, or not a parquet file that can be read (${reason}); copy it again`
    return {kind: 'input', message}
  }
}

/** The bytes of a result, which can all be cloned; undefined if memory is too small for them. */
function serializeIfFits(result: ParquetTable | Cells[]): Uint8Array | undefined {
  try {
    return serialize(result)
  } catch {
    return undefined
  }
}

async function read(opened: OpenFile, request: ReadRequest): Promise<ParquetTable | Cells[]> {
  await checkHead(opened, request.file)
  const file: AsyncBuffer = {
    byteLength: opened.bytes,
    async slice(start, end = opened.bytes) {
      if (start < 0 || end > opened.bytes) throw new Fault('input', 'damaged: a column reaches beyond its file')
      const bytes = new Uint8Array(end - start)
      await opened.read(bytes, start)
      return bytes.buffer
    },
  }
  const metadata = await parquetMetadataAsync(file, {geoparquet: false})
  const table = describe(request.file, metadata)
  return request.type === 'open' ? table : readRows(table, {file, metadata, request})
}

async function checkHead(file: OpenFile, path: string): Promise<void> {
  const cut = new Fault(
    'input',
    'not a complete parquet file, which starts and ends with PAR1; if it is truncated, copy it again',
  )
  if (file.bytes < 12) throw cut
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)]
  await file.read(head, 0)
  await file.read(tail, file.bytes - 4)
  refusePointer(head, path)
  if (tail.toString('latin1') === 'PARE') throw new Fault('input', 'an encrypted parquet file, which svft cannot read')
  if (head.toString('latin1', 0, 4) !== 'PAR1' || tail.toString('latin1') !== 'PAR1') throw cut
}

function describe(file: string, metadata: FileMetaData): ParquetTable {
  const {row_groups, key_value_metadata, num_rows} = metadata
  const groups = row_groups.map(({num_rows, total_byte_size}) => ({
    rows: Number(num_rows),
    bytes: Number(total_byte_size),
  }))
  const rows = sum(groups.map(group => group.rows))
  if (groups.some(({rows}) => !(rows >= 0)) || rows !== Number(num_rows)) {
    throw new Fault('input', `damaged: ${num_rows} rows by its footer, ${rows} by its row groups`)
  }
  if (rows > MOST_ROWS) throw new Fault('input', `more than ${MOST_ROWS} rows; split the file`)
  const columns = parquetSchema(metadata).children.map(column => ({
    name: column.element.name,
    fields: column.children.map(({element}) => element.name),
    unread: unknownKind(column),
  }))
  if (new Set(columns.map(({name}) => name)).size < columns.length) {
    throw new Fault('input', 'two columns of the same name')
  }
  if (metadata.schema.some(({name}) => name === '__proto__')) {
    throw new Fault('input', 'column __proto__: a column may not be named __proto__')
  }
  return {file, columns, groups, notes: new Map(key_value_metadata?.map(({key, value = ''}) => [key, value]))}
}

/** The first kind of a column's values, or of the parts of a value, that is not one of KINDS. */
function unknownKind({element: {converted_type, logical_type}, children}: SchemaTree): string | undefined {
  const own = [converted_type, logical_type?.type].find(kind => kind !== undefined && !KINDS.has(kind))
  return own ?? children.map(unknownKind).find(kind => kind !== undefined)
}

interface RowSource {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly request: Extract<ReadRequest, {type: 'rows'}>
}

async function readRows(table: ParquetTable, {file, metadata, request}: RowSource): Promise<Cells[]> {
  const known = table.columns.map(({name}) => name)
  const unread = table.columns.filter(column => column.unread !== undefined)
  const names = request.columns ?? known.filter(name => !unread.some(column => column.name === name))
  const wrong = unread.find(({name}) => names.includes(name))
  if (wrong) throw new Fault('input', `column ${wrong.name}: values of kind ${wrong.unread} are not read`)
  const missing = names.find(name => !known.includes(name))
  if (missing !== undefined) {
    throw new Fault('input', `no column ${missing}; found: ${known.join(', ').slice(0, 200)}`)
  }
  const row_groups = chooseGroups(metadata, request)
  const rows = sum(row_groups.map(({num_rows}) => Number(num_rows)))
  if (sum(table.groups.map(group => group.rows)) * names.length > MOST_VALUES)
    throw new Fault('input', `more than ${MOST_VALUES} values; split the file`)
  const found: Record<string, unknown>[] = Array.from({length: rows}, () => ({}))
  let start = 0
  for (const rowGroup of row_groups) {
    for (const name of names) {
      await prefixFaults(`column ${name}`, async () => {
        const values = await readColumn(name, {file, metadata, rowGroup})
        for (const [i, value] of Array.from(values).entries()) found[start + i][name] = toPlain(value)
      })
    }
    start += Number(rowGroup.num_rows)
  }
  return found
}

function chooseGroups({row_groups}: FileMetaData, {group}: RowSource['request']) {
  if (group === undefined) return row_groups
  if (group === 'first') return row_groups.filter(({num_rows}) => num_rows > 0).slice(0, 1)
  return [group].flat().map(index => row_groups[index])
}

interface ColumnSource {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly rowGroup: FileMetaData['row_groups'][number]
}

/** Reads a column of one row group: of several, hyparquet returns the parts in the order in which they are read. */
async function readColumn(name: string, {file, metadata, rowGroup}: ColumnSource): Promise<ArrayLike<unknown>> {
  const parts: ColumnData['columnData'][] = []
  await parquetRead({
    file,
    metadata: {...metadata, row_groups: [rowGroup]},
    columns: [name],
    compressors: CODECS,
    utf8: false,
    parsers: {stringFromBytes},
    onChunk: ({columnData}) => parts.push(columnData),
  })
  const values = flatten(parts)
  if (values.length === Number(rowGroup.num_rows)) return values
  throw new Fault('input', `damaged: ${values.length} values in ${rowGroup.num_rows} rows; copy the file again`)
}

const CODECS = {
  ...compressors,
  GZIP: (packed: Uint8Array, bytes: number) => gunzipSync(packed, {maxOutputLength: Math.max(1, bytes)}), // checks the sum
  LZ4: unlessEmpty(unpackLz4),
  LZ4_RAW: unlessEmpty(decompressLz4Raw),
}

/** Unpacks LZ4 with Hadoop's sizes before it or without. The library fails at a page without them that begins as if it had some. */
function unpackLz4(packed: Uint8Array, bytes: number): Uint8Array {
  try {
    return decompressLz4(packed, bytes)
  } catch {
    return decompressLz4Raw(packed, bytes)
  }
}

/** The library's LZ4 throws on a page that unpacks to nothing, such as the empty dictionary of a column of nulls. */
function unlessEmpty(unpack: typeof decompressLz4): typeof decompressLz4 {
  return (packed, bytes) => (bytes === 0 ? new Uint8Array() : unpack(packed, bytes))
}

function stringFromBytes(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch (cause) {
    throw new Fault('input', 'a text is not UTF-8', {cause})
  }
}

/** A value as JSON has it, except for dates and bytes. */
function toPlain(value: unknown): unknown {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value !== 'object' || value instanceof Uint8Array || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(toPlain)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toPlain(part)]))
}

const KINDS = new Set<string>([
  ...['UTF8', 'STRING', 'ENUM', 'JSON', 'LIST', 'NULL', 'INTEGER', 'FLOAT16', 'DATE', 'TIME', 'TIMESTAMP'],
  ...['INT_8', 'INT_16', 'INT_32', 'INT_64', 'UINT_8', 'UINT_16', 'UINT_32', 'UINT_64'],
  ...['TIME_MILLIS', 'TIME_MICROS', 'TIMESTAMP_MILLIS', 'TIMESTAMP_MICROS'],
])

/** Each row becomes an object, of which memory holds so many. */
const MOST_ROWS = 2 ** 22
const MOST_VALUES = 2 ** 24
