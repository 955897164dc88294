import {getHeapStatistics} from 'node:v8'
import {divideBytes} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {formatBytes} from '../../base/format-bytes.ts'
import {statOf} from '../../base/list-files.ts'
import {SPLIT_FILE} from '../record.ts'
import {type ReaderResult, requestFromReader} from './reader-process.ts'

/** A parquet file whose footer is read. */
export interface ParquetTable {
  readonly file: string
  readonly columns: readonly Column[]
  /** The row groups, whose rows are stored together, column by column. */
  readonly groups: readonly RowGroup[]
  /** Texts by name: the metadata that pandas or Hugging Face's datasets store with the data. */
  readonly notes: ReadonlyMap<string, string>
}

interface RowGroup {
  readonly rows: number
  /** The bytes of its columns, uncompressed but encoded, as the footer says. */
  readonly bytes: number
}

export interface Column {
  readonly name: string
  /** The names of a struct's fields; empty for a column of plain values. */
  readonly fields: readonly string[]
  /** The kind of its values, if that is one that is not read. */
  readonly unread?: string | undefined
}

export type Cells = Readonly<Record<string, unknown>>

/** Opens a file of Apache Parquet. @throws Fault 'input' that names it, if it is damaged */
export async function openTable(file: string): Promise<ParquetTable> {
  return (await requestFromReader<ParquetTable>({type: 'open', file, limit: await limitOf(file)})).result
}

export interface RowOptions {
  /** The columns to read; if absent, all but those of kinds that are not read. */
  readonly columns?: readonly string[]
  /** The row groups to read, or the first that has rows; all if absent. */
  readonly group?: number | readonly number[] | 'first'
  /** The limit of bytes of all values; a hundred times the file's size if absent, at least 64 MiB and at most 512 MiB. */
  readonly limit?: number
}

/**
 * The rows of a file, each an object: text, numbers, bigints (integers that no number holds exactly), booleans, dates, bytes,
 * lists, objects; null if a value is missing.
 */
export async function readRows(file: string, {limit, ...options}: RowOptions = {}): Promise<Cells[]> {
  return (await requestFromReader<Cells[]>({type: 'rows', file, ...options, limit: limit ?? (await limitOf(file))}))
    .result
}

export interface TableLimits {
  /** The limit of bytes of all values; default: four times that of values that are read at once. */
  readonly most?: number
  /** The bytes of row groups, as the footer says, that are read at once if they fit; one that is larger is read alone. */
  readonly part?: number
}

/** All rows of a file, of which the reader has only some row groups in memory at a time. */
export async function readTable({file, groups}: ParquetTable, options: TableLimits = {}): Promise<Cells[]> {
  const limit = await limitOf(file)
  const {most = 4 * limit, part = 2 ** 26} = options
  const rows: Cells[] = []
  let bytes = 0
  for (const group of divideBytes(groups.keys(), index => groups[index].bytes, part)) {
    for await (const read of readGroups(file, {group, limit})) {
      for (const row of read.result) rows.push(row)
      bytes += read.bytes
      if (bytes > most) throw new Fault('input', `${file}: unpacks to more than ${most} bytes; ${SPLIT_FILE}`)
      checkHeap(file)
    }
  }
  return rows
}

interface GroupRequest {
  readonly group: readonly number[]
  readonly limit: number
}

/** Reads row groups at once or, if that fails, one by one: texts that repeat are larger than the footer says. */
async function* readGroups(file: string, {group, limit}: GroupRequest): AsyncGenerator<ReaderResult<Cells[]>> {
  try {
    yield await requestFromReader<Cells[]>({type: 'rows', file, group, limit})
  } catch (error) {
    if (group.length === 1) throw error
    for (const index of group) yield* readGroups(file, {group: [index], limit})
  }
}

/** Throws a fault if two thirds of V8's heap are used: where it overflows, V8 ends the process without one. */
function checkHeap(file: string): void {
  const {used_heap_size, heap_size_limit} = getHeapStatistics()
  if (used_heap_size < (2 / 3) * heap_size_limit) return
  const advice = `NODE_OPTIONS=--max-old-space-size=${Math.ceil((2 * heap_size_limit) / 2 ** 20)}`
  throw new Fault('input', `${file}: too large for a heap of ${formatBytes(heap_size_limit)}; set ${advice}`)
}

async function limitOf(file: string): Promise<number> {
  const {size} = await statOf(file)
  return Math.min(2 ** 29, Math.max(2 ** 26, 100 * size))
}
