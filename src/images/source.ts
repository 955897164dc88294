import {createHash} from 'node:crypto'
import {open, stat} from 'node:fs/promises'
import {Fault} from '../engine/fault.ts'
import type {ReadCell} from './cells.ts'
import type {Size} from './image.ts'

/** Where an image is: a file or a range of one, a row of a parquet file, or bytes at hand with a name for errors. */
export type ImageSource = Encoded | Planes

/** A JPEG or PNG. */
interface Encoded {
  readonly at: Place
}

/** Bare bytes (3, height, width), as CIFAR has them. */
interface Planes {
  readonly at: Place
  readonly planes: Size
}

type Place = Part | Cell | {readonly name: string; readonly data: Uint8Array}

interface Part {
  readonly file: string
  readonly offset?: number
  readonly bytes?: number
}

/** The `bytes` of a column of a parquet file. */
export interface Cell {
  readonly file: string
  readonly column: string
  /** From 0 on, over all row groups. */
  readonly row: number
}

/** What errors call an image. */
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
    if (!('row' in at)) return readPart(at)
    cells ??= (await import('./cells.ts')).openCells() // the library loads in 70 ms
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

/** An error of the file system as a fault that names the file, any other as it is. */
export function readFault(file: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error
  const reason = error.code === 'ENOENT' ? 'no such file or folder' : `cannot be read: ${error.message}`
  return new Fault('io', `${file}: ${reason}`, {cause: error})
}

async function readPart(at: Part): Promise<Uint8Array> {
  try {
    const found = await stat(at.file)
    if (!found.isFile()) throw new Fault('io', `${at.file}: not a file`) // a pipe's reader would wait for ever
    const {offset = 0, bytes = found.size - offset} = at
    if (offset + bytes > found.size) {
      throw new Fault('input', `${nameOf({at})}: cut short: ends at byte ${found.size}; copy the file again`)
    }
    if (bytes > MAX_BYTES) throw new Fault('input', `${nameOf({at})}: too large for an image: ${bytes} bytes`)
    return await readRange(at.file, offset, bytes)
  } catch (error) {
    throw readFault(at.file, error)
  }
}

async function readRange(file: string, offset: number, bytes: number): Promise<Uint8Array> {
  const handle = await open(file)
  try {
    const into = new Uint8Array(bytes)
    for (let done = 0; done < bytes; ) {
      const {bytesRead} = await handle.read(into, done, bytes - done, offset + done)
      if (bytesRead === 0) throw new Fault('io', `${file}: ends at byte ${offset + done}: changed while read?`)
      done += bytesRead
    }
    return into
  } finally {
    await handle.close()
  }
}

const MAX_BYTES = 2 ** 28
