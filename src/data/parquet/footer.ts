import {type FileMetaData, parquetMetadata, parquetSchema, type SchemaTree} from 'hyparquet'
import {getTreePath} from 'hyparquet/src/schema.js'
import {Fault} from '../../base/fault.ts'
import type {OpenTable} from './open.ts'
import type {Chunk} from './pages.ts'
import {endOfStruct} from './thrift.ts'

/** What a parquet file says of itself behind its data. */
export interface Footer {
  readonly columns: readonly SchemaTree[]
  readonly groups: readonly RowGroup[]
  /** Texts by name: what pandas or Hugging Face's datasets note beside the data. */
  readonly notes: ReadonlyMap<string, string>
}

/** Rows that stand together in the file, column by column. */
export interface RowGroup {
  readonly rows: number
  readonly chunks: readonly Chunk[]
}

/** Reads a file's footer and holds its sizes and places against the file. */
export async function readFooter(file: OpenTable): Promise<Footer> {
  const cut = new Fault('input', 'not a whole parquet file: it begins and ends with PAR1; cut short? copy it again')
  if (file.bytes < 12) throw cut
  const head = Buffer.from(await file.read(0, 8))
  if (head.toString('latin1') === 'version ')
    throw new Fault('input', 'a Git LFS pointer, not parquet; git lfs pull it')
  const tail = Buffer.from(await file.read(file.bytes - 8, 8))
  if (tail.toString('latin1', 4) === 'PARE') throw new Fault('input', 'an encrypted parquet file, which is not read')
  if (head.toString('latin1', 0, 4) !== MAGIC || tail.toString('latin1', 4) !== MAGIC) throw cut
  const length = tail.readUInt32LE(0)
  if (length > Math.min(file.bytes - 12, MOST_BYTES)) throw new Fault('input', `a footer of ${length} bytes, too many`)

  const start = file.bytes - 8 - length
  const bytes = await file.read(start, length + 8)
  if (endOfStruct(bytes, 0, MOST_VALUES) > length) throw new Fault('input', 'a footer longer than it says')
  const read = parquetMetadata(bytes, {geoparquet: false})
  if (read.schema.length > MOST_COLUMNS) throw new Fault('input', `more than ${MOST_COLUMNS} columns`)
  const schema = parquetSchema(read)
  if (schema.count !== read.schema.length) throw new Fault('input', 'a schema with columns that belong nowhere')
  const groups = read.row_groups.map(group => checkGroup(group, schema, start))
  const rows = groups.reduce((sum, group) => sum + group.rows, 0)
  if (rows > MOST_ROWS) throw new Fault('input', `more than ${MOST_ROWS} rows; split the file`)
  if (rows !== number(read.num_rows))
    throw new Fault('input', `${read.num_rows} rows by its footer, ${rows} by its parts`)
  const notes = new Map(read.key_value_metadata?.map(({key, value = ''}) => [key, value]))
  return {columns: schema.children, groups, notes}
}

function checkGroup(group: FileMetaData['row_groups'][number], schema: SchemaTree, end: number): RowGroup {
  const rows = number(group.num_rows)
  const chunks = group.columns.map(({meta_data: meta, file_path}): Chunk => {
    if (meta === undefined || file_path !== undefined) throw new Fault('input', 'a column that is not in this file')
    const schemaPath = getTreePath(schema, meta.path_in_schema)
    const name = meta.path_in_schema.join('.')
    const offset = number(meta.dictionary_page_offset || meta.data_page_offset)
    const bytes = number(meta.total_compressed_size)
    if (!(offset >= 4 && offset + bytes <= end)) throw new Fault('input', `column ${name}: reaches beyond its file`)
    const values = number(meta.num_values)
    const repeated = schemaPath.some(({element}) => element.repetition_type === 'REPEATED')
    if (repeated ? values < rows : values !== rows) {
      throw new Fault('input', `column ${name}: ${values} values in ${rows} rows`)
    }
    return {schemaPath, meta, offset, bytes, values}
  })
  const names = chunks.map(({meta}) => meta.path_in_schema.join('.'))
  if (String(names) === String(leavesOf(schema))) return {rows, chunks}
  throw new Fault('input', 'its parts have other columns than its schema')
}

function leavesOf({children, path}: SchemaTree): string[] {
  return children.length > 0 ? children.flatMap(leavesOf) : [path.join('.')]
}

function number(told: bigint): number {
  const value = Number(told)
  if (value >= 0 && value <= MOST_BYTES_OF_FILE) return value
  throw new Fault('input', `a footer that tells a number of ${told}`)
}

const MAGIC = 'PAR1'
const MOST_BYTES = 2 ** 25 // of a footer
const MOST_COLUMNS = 2000

/** Numbers and texts of a footer: 500 groups of 4 columns have 100,000. */
const MOST_VALUES = 1_000_000

/** Each row becomes an object, of which memory holds so many. */
const MOST_ROWS = 2 ** 22
const MOST_BYTES_OF_FILE = 2 ** 48
