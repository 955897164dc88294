import {constants} from 'node:fs'
import {open, realpath} from 'node:fs/promises'
import {Fault} from './fault.ts'
import {ioFault} from './io-fault.ts'

/** A regular file, open for reading. `path` is absolute and free of links. */
export interface OpenFile {
  readonly path: string
  readonly bytes: number
  /** Fills `into` with the file's bytes from `offset`; a file that ends before is a fault. */
  read(into: Uint8Array, offset: number): Promise<void>
}

/** Opens a file for `use`. A folder, a pipe or a device is refused: the last two would block or never end. */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  try {
    const real = await realpath(path)
    const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK) // waits for no pipe's writer
    try {
      const stat = await handle.stat()
      if (!stat.isFile())
        throw new Fault('io', `${path}: ${stat.isDirectory() ? 'a folder, not a file' : 'not a regular file'}`)
      const read = async (into: Uint8Array, offset: number) => {
        for (let done = 0; done < into.length; ) {
          const {bytesRead} = await handle.read(into, done, Math.min(into.length - done, GIBIBYTE), offset + done)
          if (bytesRead === 0) {
            const needed = offset + into.length
            throw new Fault(
              'io',
              `${path}: ends at byte ${offset + done}, before byte ${needed}; was it changed while being read?`,
            )
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

/** The limit of a file that is read whole. */
export const SMALL_FILE = 100_000_000

export interface SmallOptions {
  readonly most?: number
}

/**
 * The bytes of a small file that somebody else may have put there: its length is looked up in the open file and limited
 * before a byte is read, and no more are read.
 */
export async function readWhole(path: string, {most = SMALL_FILE}: SmallOptions = {}): Promise<Uint8Array> {
  return withFile(path, async file => {
    if (file.bytes > most) {
      throw new Fault('input', `${path}: too large: ${file.bytes} bytes; at most ${most} are read`)
    }
    const bytes = new Uint8Array(file.bytes)
    await file.read(bytes, 0)
    return bytes
  })
}

/** The bytes of a small file; undefined where it does not exist. */
export async function readIfPresent(path: string, options?: SmallOptions): Promise<Uint8Array | undefined> {
  return readWhole(path, options).catch(error => (isMissing(error) ? undefined : Promise.reject(error)))
}

/** Whether reading failed because there is no such file. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Fault && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'

const GIBIBYTE = 2 ** 30 // Linux and Node move less than 2 GiB at once
