import {type FileMetaData, parquetMetadata, parquetSchema, type SchemaElement, type SchemaTree} from 'hyparquet'
import {Fault} from '../../base/fault.ts'
import type {OpenFile} from '../../base/read-file.ts'
import type {Chunk} from './pages.ts'
import {readStruct} from './thrift.ts'

/** The description that a parquet file ends with. */
export interface Footer {
  readonly columns: readonly Column[]
  readonly groups: readonly RowGroup[]
  /** Texts by name: what pandas or Hugging Face's datasets note beside the data. */
  readonly notes: ReadonlyMap<string, string>
}

export interface Column {
  readonly name: string
  /** The names of a struct's fields; none of a column of plain values. */
  readonly fields: readonly string[]
  /** The column and all below it, in hyparquet's flat form. */
  readonly schema: SchemaElement[]
}

/** Rows that are stored together, column by column. */
export interface RowGroup {
  readonly rows: number
  readonly chunks: readonly Chunk[]
}

/** Reads a file's footer, and checks its sizes and offsets against the file. */
export async function readFooter(file: OpenFile): Promise<Footer> {
  const {metadata, start} = await readMetadata(file)
  const {schema, row_groups, key_value_metadata} = metadata
  if (schema.length > MOST_COLUMNS) throw new Fault('input', `more than ${MOST_COLUMNS} columns`)
  const tree = parquetSchema(metadata)
  const leaves = leavesOf(tree)
  if (new Set(leaves.map(({path}) => path.join('.'))).size < leaves.length) {
    throw new Fault('input', 'two columns of the same name')
  }
  const groups = row_groups.map(({columns, num_rows}) => {
    const rows = readNumber(num_rows)
    if (columns.length !== leaves.length) throw new Fault('input', 'a row group whose columns differ from the schema')
    return {rows, chunks: leaves.map((leaf, i) => checkChunk(columns[i], leaf, {rows, end: start}))}
  })
  const rows = groups.reduce((sum, group) => sum + group.rows, 0)
  if (rows > MOST_ROWS) throw new Fault('input', `more than ${MOST_ROWS} rows; split the file`)
  if (rows !== readNumber(metadata.num_rows)) {
    throw new Fault('input', `${metadata.num_rows} rows by its footer, ${rows} by its row groups`)
  }
  let next = 1 // behind the root
  const columns = tree.children.map(({element: {name}, children, count}) => {
    next += count
    return {name, fields: children.map(({element}) => element.name), schema: schema.slice(next - count, next)}
  })
  return {columns, groups, notes: new Map(key_value_metadata?.map(({key, value = ''}) => [key, value]))}
}

async function readMetadata(file: OpenFile): Promise<{readonly metadata: FileMetaData; readonly start: number}> {
  const cut = new Fault('input', 'not a whole parquet file, which begins and ends with PAR1; cut short? copy it again')
  if (file.bytes < 12) throw cut
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(8)]
  await file.read(head, 0)
  await file.read(tail, file.bytes - 8)
  if (head.toString('latin1') === 'version ') {
    throw new Fault('input', 'a Git LFS pointer, not parquet; fetch the file with git lfs pull')
  }
  const magic = tail.toString('latin1', 4)
  if (magic === 'PARE') throw new Fault('input', 'an encrypted parquet file, which is not read')
  if (head.toString('latin1', 0, 4) !== 'PAR1' || magic !== 'PAR1') throw cut
  const length = tail.readUInt32LE(0)
  if (length > Math.min(file.bytes - 12, MOST_BYTES)) throw new Fault('input', `a footer of ${length} bytes, too many`)

  const start = file.bytes - 8 - length
  const bytes = new Uint8Array(length + 8)
  await file.read(bytes, start)
  if (readStruct(bytes, 0, MOST_VALUES).end > length) throw new Fault('input', 'a footer longer than it says')
  return {metadata: parquetMetadata(bytes, {geoparquet: false}), start}
}

type Leaf = Pick<Chunk, 'path' | 'levelBits'>

function leavesOf({children}: SchemaTree, repetitions = 0, definitions = 0): Leaf[] {
  return children.flatMap(child => {
    const kind = child.element.repetition_type
    const repetition = repetitions + Number(kind === 'REPEATED')
    const definition = definitions + Number(kind !== 'REQUIRED')
    if (child.path.length > DEEPEST) throw new Fault('input', `columns nested deeper than ${DEEPEST}`)
    if (child.children.length > 0) return leavesOf(child, repetition, definition)
    return [{path: child.path, levelBits: [32 - Math.clz32(repetition), 32 - Math.clz32(definition)]}]
  })
}

function checkChunk(
  {meta_data: meta, file_path}: FileMetaData['row_groups'][number]['columns'][number],
  leaf: Leaf,
  {rows, end}: {readonly rows: number; readonly end: number},
): Chunk {
  const name = leaf.path.join('.')
  if (meta === undefined || file_path !== undefined) throw new Fault('input', 'a column that is not in this file')
  if (meta.path_in_schema.join('.') !== name) {
    throw new Fault('input', `damaged: column ${name} is in the schema, but not in a row group; copy the file again`)
  }
  const offset = readNumber(meta.dictionary_page_offset || meta.data_page_offset)
  const bytes = readNumber(meta.total_compressed_size)
  if (!(offset >= 4 && offset + bytes <= end)) throw new Fault('input', `column ${name}: reaches beyond its file`)
  const values = readNumber(meta.num_values)
  if (leaf.levelBits[0] > 0 ? values < rows : values !== rows) {
    throw new Fault('input', `column ${name}: ${values} values in ${rows} rows`)
  }
  return {...leaf, meta, offset, bytes, values}
}

function readNumber(found: bigint): number {
  const value = Number(found)
  if (value >= 0 && value <= MOST_BYTES_OF_FILE) return value
  throw new Fault('input', `a footer with a number out of range: ${found}`)
}

/** Bytes and columns of a footer. */
const MOST_BYTES = 2 ** 25
const MOST_COLUMNS = 2000
const DEEPEST = 24

/** Values of a footer: 500 groups of 4 columns have 100,000. */
const MOST_VALUES = 1_000_000

/** Each row becomes an object, of which memory holds so many. */
const MOST_ROWS = 2 ** 22
const MOST_BYTES_OF_FILE = 2 ** 40
