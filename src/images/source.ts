import {createHash} from 'node:crypto'
import {Fault} from '../base/fault.ts'
import {withFile} from '../base/read-file.ts'
import {openCells, type ReadCell} from './cells.ts'
import type {ImageCell, Size} from './image.ts'

/** Where an image is: a file or a range of one, a row of a parquet file, or bytes at hand with a name for errors. */
export type ImageSource = EncodedImage | PlanesImage

/** A JPEG or PNG. */
interface EncodedImage {
  readonly at: ImageLocation
}

/** Bare bytes (3, height, width), as CIFAR has them. */
interface PlanesImage {
  readonly at: ImageLocation
  readonly planes: Size
}

type ImageLocation = FileRange | ImageCell | {readonly name: string; readonly data: Uint8Array}

interface FileRange {
  readonly file: string
  readonly offset?: number
  readonly bytes?: number
}

/** The name of an image in error messages. */
export function nameOf({at}: ImageSource): string {
  if ('name' in at) return at.name
  if ('row' in at) return `${at.file}: row ${at.row + 1}`
  return at.offset === undefined ? at.file : `${at.file}: image at byte ${at.offset}`
}

/** Reads an image's bytes as they are stored. */
export type Reader = (source: ImageSource) => Promise<Uint8Array>

/** A reader of many images: of parquet files it keeps the rows that it read last, for the next mostly stands there too. */
export function openReader(): Reader {
  let cells: ReadCell | undefined
  return async ({at}) => {
    if ('data' in at) return at.data
    if (!('row' in at)) return readRange(at)
    cells ??= openCells()
    return cells(at)
  }
}

/** One image's bytes. */
export const readBytes: Reader = source => openReader()(source)

/** The sha256, in hex, of the images' bytes and how they are stored, in order; where they are does not count. */
export async function hashSources(sources: readonly ImageSource[]): Promise<string> {
  const hash = createHash('sha256')
  const read = openReader()
  for (const source of sources) {
    const bytes = await read(source)
    const form = 'planes' in source ? `planes ${source.planes.width} ${source.planes.height}` : 'encoded'
    hash.update(`${form} ${bytes.length}\n`).update(bytes)
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
