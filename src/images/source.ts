import {createHash} from 'node:crypto'
import {Fault} from '../base/fault.ts'
import {withFile} from '../base/read-file.ts'
import {openCells, type ReadCell} from './cells.ts'
import type {ImageCell, ImageSize} from './image.ts'

/** An image in a file, in a range of one, or in a row of a parquet file. */
export interface ImageSource {
  readonly at: FileRange | ImageCell
  /** The size of an image of bare bytes (3, height, width), as CIFAR has them; undefined for a JPEG or PNG. */
  readonly planes?: ImageSize
}

/** Images with their classes: a split of an image classification task. */
export interface ImageList {
  /** The names of the classes; a label is an index into them. */
  readonly classes: readonly string[]
  readonly images: readonly LabelledImage[]
}

export interface LabelledImage {
  readonly source: ImageSource
  readonly label: number
}

interface FileRange {
  readonly file: string
  readonly offset?: number
  readonly bytes?: number
}

/** The name of an image in error messages. */
export function nameOf({at}: ImageSource): string {
  if ('row' in at) return `${at.file}: row ${at.row + 1}`
  return at.offset === undefined ? at.file : `${at.file}: image at byte ${at.offset}`
}

/** Reads an image's bytes as they are stored. */
export type ImageReader = (source: ImageSource) => Promise<Uint8Array>

/** Opens a reader of many images. Of parquet files it caches the rows that it read last, which mostly include the next. */
export function openReader(): ImageReader {
  let cells: ReadCell | undefined
  return async ({at}) => {
    if (!('row' in at)) return readRange(at)
    cells ??= openCells()
    return cells(at)
  }
}

/**
 * The sha256, in hex, of the images' bytes and their form, in order, whatever files they are in. `visit` sees each image as it
 * is read.
 */
export async function hashSources(
  sources: readonly ImageSource[],
  visit?: (source: ImageSource, bytes: Uint8Array) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256')
  const read = openReader()
  for (const source of sources) {
    const bytes = await read(source)
    const form = source.planes ? `planes ${source.planes.width} ${source.planes.height}` : 'encoded'
    hash.update(`${form} ${bytes.length}\n`).update(bytes)
    await visit?.(source, bytes)
  }
  return hash.digest('hex')
}

function readRange(at: FileRange): Promise<Uint8Array> {
  return withFile(at.file, async file => {
    const {offset = 0, bytes = file.bytes - offset} = at
    if (offset + bytes > file.bytes) {
      throw new Fault('input', `${nameOf({at})}: cut short: ends at byte ${file.bytes}; copy the file again`)
    }
    if (bytes > MAX_BYTES) throw new Fault('input', `${nameOf({at})}: too large for an image: ${bytes} bytes`)
    const into = new Uint8Array(bytes)
    await file.read(into, offset)
    return into
  })
}

const MAX_BYTES = 2 ** 28
