import {stat} from 'node:fs/promises'
import {ioFault} from '../../base/fault.ts'
import {requestFromReader} from './reader-process.ts'

/** A parquet file whose footer is read. */
export interface ParquetTable {
  readonly file: string
  readonly columns: readonly Column[]
  /** The row groups, whose rows are stored together, column by column. */
  readonly groups: readonly {readonly rows: number}[]
  /** Texts by name: the metadata that pandas or Hugging Face's datasets store with the data. */
  readonly notes: ReadonlyMap<string, string>
}

export interface Column {
  readonly name: string
  /** The names of a struct's fields; empty for a column of plain values. */
  readonly fields: readonly string[]
  /** The kind of its values, if that is one that is not read. */
  readonly unread?: string | undefined
}

export type Cells = Readonly<Record<string, unknown>>

/** Opens a file of Apache Parquet. Throws a Fault that names it if it is damaged. */
export async function openTable(file: string): Promise<ParquetTable> {
  return requestFromReader<ParquetTable>({type: 'open', file, limit: await limitOf(file)})
}

export interface RowOptions {
  /** The columns to read; if absent, all but those of kinds that are not read. */
  readonly columns?: readonly string[]
  /** The row group to read, or the first that has rows; all if absent. */
  readonly group?: number | 'first'
  /** The limit of bytes of all values; a hundred times the file's size if absent, at least 64 MiB and at most 512 MiB. */
  readonly limit?: number
}

/**
 * The rows of a file, each an object: text, numbers, bigints (integers that no number holds exactly), booleans, dates, bytes,
 * lists, objects; null if a value is missing.
 */
export async function readRows(file: string, {limit, ...options}: RowOptions = {}): Promise<Cells[]> {
  return requestFromReader<Cells[]>({type: 'rows', file, ...options, limit: limit ?? (await limitOf(file))})
}

async function limitOf(file: string): Promise<number> {
  const {size} = await stat(file).catch(error => Promise.reject(ioFault(file, error)))
  return Math.min(2 ** 29, Math.max(2 ** 26, 100 * size))
}
