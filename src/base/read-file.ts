import {createHash} from 'node:crypto'
import {constants} from 'node:fs'
import {type FileHandle, open, realpath} from 'node:fs/promises'
import {Fault, ioFault} from './fault.ts'
import {decodeUtf8} from './text/utf8.ts'

/** A regular file, open for reading. `path` is absolute and free of links. */
export interface OpenFile {
  readonly path: string
  readonly bytes: number
  /** Fills `into` with the file's bytes from `offset`; a file that ends before is a fault. */
  read(into: Uint8Array, offset: number): Promise<void>
}

/** Opens a file for `use`. Folders, pipes and devices are refused, since the last two may block or never end. */
export async function withFile<T>(path: string, use: (file: OpenFile) => Promise<T>): Promise<T> {
  try {
    const real = await realpath(path)
    const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK) // does not wait for the writer of a pipe
    try {
      const stat = await handle.stat()
      if (!stat.isFile())
        throw new Fault('io', `${path}: ${stat.isDirectory() ? 'a folder, not a file' : 'not a regular file'}`)
      const read: OpenFile['read'] = (into, offset) => fill(into, {handle, offset, path})
      return await use({path: real, bytes: stat.size, read})
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw ioFault(path, error)
  }
}

async function fill(
  into: Uint8Array,
  {handle, offset, path}: {readonly handle: FileHandle; readonly offset: number; readonly path: string},
): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const {bytesRead} = await handle.read(into, done, Math.min(into.length - done, GIBIBYTE), offset + done)
    const [end, needed] = [offset + done, offset + into.length]
    if (bytesRead === 0)
      throw new Fault('io', `${path}: ends at byte ${end}, before byte ${needed}; was it changed while being read?`)
    done += bytesRead
  }
}

/** The maximum size of a file that is read whole. */
export const SMALL_FILE = 100_000_000

export interface ReadLimit {
  readonly most?: number
  /** What to do with a file that is too large. */
  readonly advice?: string
}

/** Reads a small file, possibly from an untrusted source: the size of the open file is checked before a byte is read. */
export async function readWhole(path: string, {most = SMALL_FILE, advice}: ReadLimit = {}): Promise<Uint8Array> {
  return withFile(path, async file => {
    if (file.bytes > most) {
      const help = advice === undefined ? '' : `; ${advice}`
      throw new Fault('input', `${path}: too large: ${file.bytes} bytes; at most ${most} are read${help}`)
    }
    const bytes = new Uint8Array(file.bytes)
    await file.read(bytes, 0)
    return bytes
  })
}

/** Reads a small file; undefined if it does not exist. */
export async function readIfPresent(path: string, options?: ReadLimit): Promise<Uint8Array | undefined> {
  return readWhole(path, options).catch(error => (isMissing(error) ? undefined : Promise.reject(error)))
}

/** Whether reading failed because the file does not exist. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Fault && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'

export const GIBIBYTE = 2 ** 30 // Linux and Node read and write less than 2 GiB in one call

/** Reads a file's text, without a byte order mark; undefined if the file does not exist. */
export async function readText(file: string, {most = LONGEST, ...limit}: ReadLimit = {}): Promise<string | undefined> {
  const bytes = await readIfPresent(file, {most, ...limit})
  return bytes && decodeUtf8(bytes, file, SAVE)
}

/** Reads the text at the beginning of a file, up to its last whole line within START, or all of a smaller file. */
export async function readStart(file: string): Promise<string> {
  return withFile(file, async opened => {
    const bytes = new Uint8Array(Math.min(opened.bytes, START))
    await opened.read(bytes, 0)
    const end = opened.bytes <= START ? bytes.length : bytes.lastIndexOf(10) + 1
    return decodeUtf8(bytes.subarray(0, end), file, SAVE)
  })
}

/** Reads the bytes of a file from `offset` on, a few MiB at a time; a piece is valid until the next is read. */
export async function* readPieces(file: OpenFile, offset = 0, bytes = file.bytes - offset): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(bytes, PIECE))
  for (let done = 0; done < bytes; done += PIECE) {
    const piece = buffer.subarray(0, Math.min(bytes - done, PIECE))
    await file.read(piece, offset + done)
    yield piece
  }
}

/**
 * Throws if a file is a pointer of Git LFS: a few lines that stand for a file that is not fetched. `head` holds its first bytes:
 * eight are enough of a file that should be binary, 23 of one that should be text.
 */
export function refusePointer(head: Uint8Array, where: string): void {
  const beginning = Buffer.from(head.subarray(0, POINTER.length)).toString('latin1')
  if (beginning.length < 8 || !POINTER.startsWith(beginning)) return
  throw new Fault('input', `${where}: a Git LFS pointer, not the file itself; fetch it with git lfs pull`)
}

const POINTER = 'version https://git-lfs'

/** The sha256, in hex, of a file's bytes. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  await withFile(path, async file => {
    for await (const piece of readPieces(file)) hash.update(piece)
  })
  return hash.digest('hex')
}

const SAVE = '; save it as UTF-8'

/** How much of a file is read for its first record, in bytes. */
const START = 2 ** 20

/** The maximum length of a string in Node. */
const LONGEST = 2 ** 29 - 24

/** The length of a piece of a file, in bytes. */
const PIECE = 2 ** 22
