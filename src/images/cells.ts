import {Fault} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {openTable, type ParquetTable, readRows} from '../data/parquet/table.ts'
import type {ImageCell} from './image.ts'

export type ReadCell = (cell: ImageCell) => Promise<Uint8Array>

/** Opens a reader of images in parquet files. The footers of all files stay in memory, and the images of one row group. */
export function openCells(): ReadCell {
  const tables = new Map<string, Promise<ParquetTable>>()
  let last: {readonly of: string; readonly images: Promise<readonly unknown[]>} | undefined

  return async ({file, column, row}) => {
    const table = await getOrAdd(tables, file, () => openTable(file))
    const {group, start} = groupOf(table, row)
    const of = JSON.stringify([file, column, group])
    if (last?.of !== of) last = {of, images: readImages(table, group, column)}
    const image = (await last.images)[row - start]
    if (image instanceof Uint8Array) return image
    throw new Fault('input', `${file}: row ${row + 1}: column ${column} has no image here, or only its path`)
  }
}

function groupOf({file, groups}: ParquetTable, row: number): {readonly group: number; readonly start: number} {
  let start = 0
  for (const [group, {rows}] of groups.entries()) {
    if (row < start + rows) return {group, start}
    start += rows
  }
  throw new Fault('input', `${file}: has no row ${row + 1}; was it changed while being read?`)
}

async function readImages(table: ParquetTable, group: number, column: string): Promise<readonly unknown[]> {
  const rows = await readRows(table.file, {group, columns: [column]})
  return rows.map(({[column]: image}) => (image as {readonly bytes?: unknown} | null)?.bytes) // a struct, see readParquetImages
}
