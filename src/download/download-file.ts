import {createHash, type Hash} from 'node:crypto'
import {constants} from 'node:fs'
import {type FileHandle, open, rename, rm, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {Fault, ioFault} from '../base/fault.ts'
import {sync} from '../base/files.ts'
import type {Remote} from './remote.ts'
import {get} from './request.ts'
import {retried, type WaitOptions} from './retry.ts'
import {TransientError} from './transient-error.ts'
import {writePieces} from './write-pieces.ts'

export interface DownloadOptions extends WaitOptions {
  readonly file: FileContent
  readonly address: string
  /** The path to write: the whole file, verified, or nothing. */
  readonly path: string
  readonly remote: Remote
  /** Called with the number of bytes downloaded so far, which falls if bytes turn out to be wrong. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

/** The size and the hash that a file must have. */
export interface FileContent {
  readonly name: string
  readonly bytes: number
  readonly hash: {readonly kind: 'sha256' | 'git'; readonly hex: string}
}

/** The part of a file that has been downloaded: its first bytes, and their hash. */
interface Part {
  readonly handle: FileHandle
  readonly hash: Hash
  readonly done: number
}

/**
 * Downloads a file, hashing it on the way, and resumes after each interruption or where another process stopped. The
 * file gets its final name only once its size and its hash are right.
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const {file, path, remote} = options
  const part = partPath(path)
  try {
    const handle = await open(part, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW)
    try {
      const kept = await readPart(handle, options)
      const whole =
        (await receive(kept, options)) || (kept.done > 0 && (await receive(await emptied(handle, options), options)))
      if (!whole) {
        await emptied(handle, options)
        const problem = `its bytes are not those of ${file.hash.hex}, as ${remote.name} lists them`
        throw new Fault('input', `${problem}; try again, or use ${remote.advice.instead}`)
      }
      await handle.sync()
      await checkOurs(handle, path)
    } finally {
      await handle.close()
    }
    await rename(part, path)
    await sync(dirname(path))
  } catch (error) {
    await removeEmpty(part)
    throw ioFault(part, error)
  }
}

/** A name of our own, since Python resumes a partial file without verifying it. */
const partPath = (path: string) => `${path}.svft-part`

/** The number of bytes that an earlier, interrupted download left. */
export async function partBytes(path: string): Promise<number> {
  const found = await stat(partPath(path)).catch(() => undefined)
  return found?.size ?? 0
}

/** A partial download stays for the next attempt; an empty one is removed. */
async function removeEmpty(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.size === 0) await rm(path, {force: true})
}

async function readPart(handle: FileHandle, target: DownloadTarget): Promise<Part> {
  const {file} = target
  const {size} = await handle.stat()
  if (size > file.bytes) return emptied(handle, target)
  const hash = hashFor(file)
  const buffer = Buffer.allocUnsafe(Math.min(size, PIECE))
  let done = 0
  while (done < size) {
    const {bytesRead} = await handle.read(buffer, 0, Math.min(buffer.length, size - done), done)
    if (bytesRead === 0) break
    hash.update(buffer.subarray(0, bytesRead))
    done += bytesRead
  }
  return {handle, hash, done}
}

type DownloadTarget = Pick<DownloadOptions, 'file' | 'path'>

/**
 * Throws if another process has this download. A process suspended for minutes may have lost its lock; if another has since
 * finished the file, `handle` refers to that file.
 */
async function checkOurs(handle: FileHandle, path: string): Promise<void> {
  const [ours, part] = [await handle.stat(), await stat(partPath(path)).catch(() => undefined)]
  if (part?.ino !== ours.ino) throw new Fault('busy', 'another process has taken over this download; try again')
}

async function emptied(handle: FileHandle, {file, path}: DownloadTarget): Promise<Part> {
  await checkOurs(handle, path)
  await handle.truncate(0)
  return {handle, hash: hashFor(file), done: 0}
}

/** Receives the missing bytes; returns whether the whole file has the right hash. */
async function receive(start: Part, options: DownloadOptions): Promise<boolean> {
  const {file, remote, signal, onBytes, onWait} = options
  let part = start
  onBytes?.(part.done)
  const attempt = async () => {
    if (part.done === file.bytes) return
    const headers: Record<string, string> = part.done > 0 ? {range: `bytes=${part.done}-`} : {}
    const response = await get(options.address, {remote, signal, headers})
    try {
      checkHead(response, {from: part.done, file, remote})
      if (response.status === 200 && part.done > 0) part = await emptied(part.handle, options) // the server ignores ranges
      await writePieces(hashed(response.body(), part, options), part.handle, {
        from: part.done,
        advance: done => {
          part = {...part, done}
          onBytes?.(done)
        },
      })
    } finally {
      response.drop()
    }
    if (part.done < file.bytes)
      throw new TransientError(`${response.url.host}: ends after ${part.done} of ${file.bytes} bytes`)
  }
  await retried(attempt, {remote, signal, onWait, progress: () => Math.floor(part.done / PIECE)})
  return part.hash.digest('hex') === file.hash.hex
}

/** Checks a response's headers against what the remote lists. */
function checkHead(
  {status, headers, url}: {status: number; headers: NodeJS.Dict<string | string[]>; url: URL},
  {from, file, remote}: {readonly from: number; readonly file: FileContent; readonly remote: Remote},
): void {
  if (String(headers['content-type'] ?? '').startsWith('text/html') && !/\.html?$/.test(file.name)) {
    throw new Fault('input', `${url.host} sent an HTML page instead: a login or an error page?`)
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(headers['content-range'] ?? ''))
  if (status === 206 && Number(range?.[1]) !== from) {
    const sent = range ? `from ${range[1]} on` : 'no range'
    throw new Fault('input', `${url.host} sends other bytes than those from ${from} on: ${sent}`)
  }
  const length = Number(headers['content-length'] ?? Number.NaN)
  const size = status === 206 ? Number(range?.[2]) : length
  if (Number.isFinite(size) && size !== file.bytes) {
    throw new Fault('input', `${url.host} offers ${size} bytes, but ${remote.name} lists ${file.bytes}`)
  }
}

/** The pieces of a body, hashed as they arrive. @throws Fault 'input' for more bytes than are listed */
async function* hashed(
  pieces: AsyncIterable<Buffer>,
  {hash, done: from}: Part,
  {file, remote}: Pick<DownloadOptions, 'file' | 'remote'>,
): AsyncGenerator<Buffer> {
  let done = from
  for await (const piece of pieces) {
    done += piece.length
    if (done > file.bytes)
      throw new Fault('input', `more bytes arrive than the ${file.bytes} that ${remote.name} lists`)
    hash.update(piece)
    yield piece
  }
}

/** Git's sha1 counts a file's length too. */
const hashFor = ({hash, bytes}: FileContent): Hash =>
  hash.kind === 'git' ? createHash('sha1').update(`blob ${bytes}\0`) : createHash('sha256')

const PIECE = 2 ** 20
