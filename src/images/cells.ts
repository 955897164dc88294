import {Fault} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {openTable, type ParquetTable, readRows} from '../data/parquet/table.ts'
import type {ImageCell} from './image.ts'

export type ReadCell = (cell: ImageCell) => Promise<Uint8Array>

/** Opens a reader of images in parquet files. The footers of all files stay in memory, and the images of one row group. */
export function openCells(): ReadCell {
  const tables = new Map<string, Promise<ParquetTable>>()
  let last: {readonly of: string; readonly images: Promise<readonly ImageStruct[]>} | undefined

  return async ({file, column, row}) => {
    const table = await getOrAdd(tables, file, () => openTable(file))
    const {group, start} = groupOf(table, row)
    const of = JSON.stringify([file, column, group])
    if (last?.of !== of) last = {of, images: readImages(table, group, column)}
    const image = (await last.images)[row - start]
    if (image?.bytes instanceof Uint8Array) return image.bytes
    const found = image?.path ? 'has only the path of an image' : 'has no image here'
    const advice = image?.path
      ? '; use the folder of the images, or embed them in the file (embed_table_storage of datasets)'
      : ''
    throw new Fault('input', `${file}: row ${row + 1}: column ${column} ${found}${advice}`)
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

/** The struct in a row, see `readParquetImages`. */
type ImageStruct = {readonly bytes?: unknown; readonly path?: unknown} | null

async function readImages(table: ParquetTable, group: number, column: string): Promise<readonly ImageStruct[]> {
  const rows = await readRows(table.file, {group, columns: [column]})
  return rows.map(({[column]: image}) => image as ImageStruct)
}
