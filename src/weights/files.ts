import {createHash} from 'node:crypto'
import {constants} from 'node:fs'
import {mkdir, open, realpath, rename, rm, stat} from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import {Fault} from '../engine/fault.ts'
import {temporaryBeside} from './temporary.ts'

/** A regular file, open for reading. `path` is absolute and free of links. */
export interface OpenFile {
  readonly path: string
  readonly bytes: number
  /** Fills `into` with the file's bytes from `offset`; a file that ends before is a fault. */
  read(into: Uint8Array, offset: number): Promise<void>
}

/** Lends `use` a file. A folder, a pipe or a device is refused: the last two would block or never end. */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  try {
    const real = await realpath(path)
    const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK) // waits for no pipe's writer
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw new Fault('io', `${path}: not a file${stat.isDirectory() ? ' but a folder' : ''}`)
      const read = async (into: Uint8Array, offset: number) => {
        for (let done = 0; done < into.length; ) {
          const {bytesRead} = await handle.read(into, done, Math.min(into.length - done, GIBIBYTE), offset + done)
          if (bytesRead === 0) {
            const wanted = offset + into.length
            throw new Fault('io', `${path}: ends at byte ${offset + done}, before byte ${wanted}: changed while read?`)
          }
          done += bytesRead
        }
      }
      return await use({path: real, bytes: stat.size, read})
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw ioFault(path, error)
  }
}

/** The bytes of a file from `offset` on, a few MiB at a time; a piece holds good until the next is asked for. */
export async function* pieces(file: OpenFile, offset = 0, bytes = file.bytes - offset): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(bytes, PIECE))
  for (let done = 0; done < bytes; done += PIECE) {
    const piece = buffer.subarray(0, Math.min(bytes - done, PIECE))
    await file.read(piece, offset + done)
    yield piece
  }
}

/** A small file's bytes. */
export async function readWhole(path: string): Promise<Uint8Array> {
  return withFile(path, async file => {
    if (file.bytes > MAX_WHOLE) throw new Fault('input', `${path}: too large: ${file.bytes} bytes`)
    const bytes = new Uint8Array(file.bytes)
    await file.read(bytes, 0)
    return bytes
  })
}

/** Throws where a file begins as what Git LFS leaves in place of one: a few lines that say where it is. */
export function refusePointer(head: Uint8Array, where: string): void {
  if (Buffer.from(head.subarray(0, 8)).toString('latin1') !== 'version ') return
  throw new Fault('input', `${where}: not weights but a Git LFS pointer to them; fetch the file with git lfs pull`)
}

/** The sha256, in hex, of a file's bytes. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await withFile(path, async file => {
    for await (const piece of pieces(file)) hash.update(piece)
  })
  return hash.digest('hex')
}

/** Writes a file that is there whole or not at all: under another name beside it, fsynced, then renamed over `path`. */
export async function writeWhole(path: string, write: (append: Append) => Promise<void>): Promise<void> {
  try {
    const temporary = await temporaryBeside(resolve(path))
    try {
      const handle = await open(temporary, 'wx')
      try {
        await write(async bytes => {
          for (let done = 0; done < bytes.length; ) {
            const {bytesWritten} = await handle.write(bytes, done, Math.min(bytes.length - done, GIBIBYTE))
            if (bytesWritten === 0) throw new Fault('io', `${path}: cannot be written: the disk takes no more bytes`)
            done += bytesWritten
          }
        })
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, {force: true}).catch(() => {}) // the first error counts
      throw error
    }
    await sync(dirname(resolve(path)))
  } catch (error) {
    throw ioFault(path, error)
  }
}

export type Append = (bytes: Uint8Array) => Promise<void>

/**
 * Makes a folder and those above it, so that they outlive a loss of power. One after the other: where the system has no
 * room for one, as below /proc, Node's own `recursive` tries for ever.
 */
export async function makeFolder(path: string): Promise<void> {
  const above = dirname(path)
  try {
    await mkdir(path).catch(async error => {
      if (error.code !== 'ENOENT' || above === path) throw error
      await makeFolder(above)
      await mkdir(path)
    })
  } catch (error) {
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) return
    throw error
  }
  await sync(above)
}

/** Waits until the disk has a file's bytes, or a folder's names. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** An error of the file system as `path: what happened`; any other error as it is. */
export function ioFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error
  if (!('syscall' in error || REASONS.has(error.code))) return error
  return new Fault('io', `${path}: ${REASONS.get(error.code) ?? error.message}`, {cause: error})
}

const REASONS = new Map([
  ['ENOENT', 'no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EISDIR', 'a folder, not a file'],
  ['ENOTDIR', 'a part of the path is a file, not a folder'],
  ['ELOOP', 'links that lead to each other'],
  ['ENOTEMPTY', 'exists already'],
  ['EEXIST', 'exists already'],
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'no space left in the disk quota'],
  ['EFBIG', 'larger than a file may be here'],
  ['EROFS', 'the disk is read-only'],
  ['EIO', 'the disk failed (EIO)'],
  ['ERR_INVALID_ARG_VALUE', 'not a path'],
  ['EMFILE', 'too many open files'],
])

const MAX_WHOLE = 100_000_000
const PIECE = 2 ** 22
const GIBIBYTE = 2 ** 30 // Linux and Node move less than 2 GiB at once
