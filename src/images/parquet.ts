import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import {classNames} from '../data/parquet/class-names.ts'
import {openTable, type ParquetTable, readRows} from '../data/parquet/table.ts'
import {findShards} from '../data/shards.ts'
import type {ImageList, LabelledImage} from './source.ts'

/** The columns of images and of labels that a recipe names. */
export type ImageColumns = Readonly<Partial<Record<'image' | 'label', string>>>

/**
 * Lists the images of a dataset of the Hugging Face hub: parquet files (one, a folder of them, or a path with a *) with a
 * column `image` or `img` of `{bytes, path}` and one of labels, `fine_label` (CIFAR-100), `label` or `labels`, or the two that
 * `columns` names. The class names are in the file's metadata, in the order of the labels. Only labels are read now; an image is
 * read when it is prepared.
 */
export async function readParquetImages(path: string, columns: ImageColumns = {}): Promise<ImageList> {
  const images: LabelledImage[] = []
  let classes: readonly string[] | undefined
  for (const file of await findShards(path)) {
    const table = await openTable(file)
    const column = columnOf(table, 'images ({bytes, path})', columns.image === undefined ? IMAGES : [columns.image])
    const label = columnOf(table, 'labels', columns.label === undefined ? LABELS : [columns.label])
    const names = namesOf(table, label)
    if (classes !== undefined && String(classes) !== String(names)) {
      throw new Fault('input', `${file}: has other classes than the files before it`)
    }
    classes = names
    for (const [row, id] of (await readLabels(table, label)).entries()) {
      if (typeof id !== 'number' || names[id] === undefined) {
        const known = `0 to ${names.length - 1} are the classes`
        throw new Fault('input', `${file}: row ${row + 1}: ${label} is ${quote(id)}; ${known}`)
      }
      images.push({source: {at: {file, column, row}}, label: id})
    }
  }
  if (classes !== undefined && images.length > 0) return {classes, images}
  throw new Fault('input', `${path}: has no images`)
}

function columnOf(
  {file, columns}: ParquetTable,
  what: 'images ({bytes, path})' | 'labels',
  known: readonly string[],
): string {
  const names = columns.map(({name}) => name)
  const found = known.find(name => names.includes(name))
  const fields = columns.find(({name}) => name === found)?.fields
  const fits = what === 'labels' ? fields?.length === 0 : fields?.includes('bytes')
  if (found !== undefined && fits) return found
  const there = names.join(', ').slice(0, 200)
  throw new Fault('input', `${file}: no column of ${what} named ${known.join(' or ')}; found: ${there}`)
}

async function readLabels({file}: ParquetTable, label: string): Promise<unknown[]> {
  const rows = await readRows(file, {columns: [label]})
  return rows.map(row => row[label])
}

function namesOf({file, notes}: ParquetTable, label: string): readonly string[] {
  const names = classNames({notes}).get(label)
  if (names !== undefined) return names
  const found = notes.has('huggingface') ? 'do not contain' : 'are missing, which contain'
  throw new Fault('input', `${file}: its Hugging Face metadata ${found} the class names of ${label}`)
}

const IMAGES = ['image', 'img']
const LABELS = ['fine_label', 'label', 'labels']
