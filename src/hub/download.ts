import {createHash, type Hash} from 'node:crypto'
import {once} from 'node:events'
import {constants, createWriteStream} from 'node:fs'
import {type FileHandle, open, rename, rm, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import {finished} from 'node:stream/promises'
import {Fault} from '../base/fault.ts'
import {sync} from '../base/files.ts'
import {ioFault} from '../base/io-fault.ts'
import {get} from './request.ts'
import {retried} from './retry.ts'
import type {HubSettings} from './settings.ts'
import {TransientError} from './transient-error.ts'
import {type HubFile, oidOf} from './tree.ts'

export interface DownloadOptions {
  readonly file: HubFile
  /** The address of its bytes. */
  readonly address: string
  /** The file to write: whole and verified, or not at all. */
  readonly blob: string
  /** The repository, for messages. */
  readonly repository: string
  readonly settings: HubSettings
  readonly signal: AbortSignal
  /** Called with the number of bytes downloaded so far, which falls if bytes turn out to be wrong. */
  readonly onBytes?: ((bytes: number) => void) | undefined
  readonly onWait?: ((text: string) => void) | undefined
}

/** The part of a file that has been downloaded: its first bytes, and their hash. */
interface Part {
  readonly handle: FileHandle
  readonly hash: Hash
  readonly done: number
}

/**
 * Downloads a file, hashing it on the way, and resumes after each interruption or where another process stopped. Only the
 * right number of bytes with the right hash get the blob's name.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const {file, blob} = options
  const path = partPath(blob)
  try {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644)
    try {
      const kept = await readPart(handle, file)
      const whole =
        (await receive(kept, options)) || (kept.done > 0 && (await receive(await emptied(handle, file), options)))
      if (!whole) {
        await handle.truncate(0)
        throw new Fault(
          'input',
          `its bytes are not those of ${oidOf(file)}, as the hub lists them; try again, or from another HF_ENDPOINT`,
        )
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(path, blob)
    await sync(dirname(blob))
  } catch (error) {
    await removeEmpty(path)
    throw ioFault(path, error)
  }
}

/** A name of our own, since Python resumes a partial file without verifying it. */
const partPath = (blob: string) => `${blob}.svft-part`

/** The number of bytes of a blob that an earlier download has left. */
export async function partBytes(blob: string): Promise<number> {
  const found = await stat(partPath(blob)).catch(() => undefined)
  return found?.size ?? 0
}

/** A partial download stays for the next attempt; an empty one is removed. */
async function removeEmpty(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.size === 0) await rm(path, {force: true})
}

async function readPart(handle: FileHandle, file: HubFile): Promise<Part> {
  const {size} = await handle.stat()
  if (size > file.bytes) return emptied(handle, file)
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

async function emptied(handle: FileHandle, file: HubFile): Promise<Part> {
  await handle.truncate(0)
  return {handle, hash: hashFor(file), done: 0}
}

/** Receives the missing bytes; returns whether the whole file has the right hash. */
async function receive(start: Part, options: DownloadOptions): Promise<boolean> {
  const {file, settings, signal, onBytes, onWait} = options
  let part = start
  onBytes?.(part.done)
  const attempt = async () => {
    if (part.done === file.bytes) return
    const response = await get(options.address, {
      settings,
      signal,
      repository: options.repository,
      headers: part.done > 0 ? {range: `bytes=${part.done}-`} : {},
    })
    if (response.status === 200 && part.done > 0) part = await emptied(part.handle, file) // the server ignores ranges
    try {
      checkHead(response, {from: part.done, file})
      await store(response.body(), part, {
        file,
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
  await retried(attempt, {pauseMs: settings.pauseMs, signal, onWait, progress: () => Math.floor(part.done / PIECE)})
  return part.hash.digest('hex') === oidOf(file)
}

/** Checks a response's headers against what the hub lists. */
function checkHead(
  {status, headers, url}: {status: number; headers: NodeJS.Dict<string | string[]>; url: URL},
  {from, file}: {readonly from: number; readonly file: HubFile},
): void {
  if (String(headers['content-type'] ?? '').startsWith('text/html') && !/\.html?$/.test(file.path)) {
    throw new Fault('input', `${url.host} sent an HTML page instead: a login or an error page?`)
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(headers['content-range'] ?? ''))
  if (status === 206 && Number(range?.[1]) !== from) {
    throw new Fault(
      'input',
      `${url.host} sends other bytes than those from ${from} on: ${range ? `from ${range[1]} on` : 'no range'}`,
    )
  }
  const length = Number(headers['content-length'] ?? Number.NaN)
  const size = status === 206 ? Number(range?.[2]) : length
  if (Number.isFinite(size) && size !== file.bytes) {
    throw new Fault('input', `${url.host} has ${size} bytes of it, the hub lists ${file.bytes}`)
  }
}

interface StoreOptions {
  readonly file: HubFile
  readonly advance: (done: number) => void
}

/** Hashes and writes pieces as they come: while some are written, the next are received and hashed. */
async function store(pieces: AsyncIterable<Buffer>, {handle, hash, done: from}: Part, {file, advance}: StoreOptions) {
  const stream = createWriteStream('', {fd: handle.fd, autoClose: false, start: from, highWaterMark: PIECE})
  let done = from
  try {
    for await (const piece of pieces) {
      if (done + piece.length > file.bytes) {
        throw new Fault('input', `received more than the ${file.bytes} that the hub lists`)
      }
      hash.update(piece)
      if (!stream.write(piece)) await once(stream, 'drain')
      if (Math.floor(done / FLUSH) < Math.floor((done + piece.length) / FLUSH)) {
        handle.datasync().catch(() => {}) // starts writing to the disk now, so that little is left at the end
      }
      done += piece.length
      advance(done)
    }
  } finally {
    stream.end()
    await finished(stream)
  }
}

/** A large file is known by the sha256 of its bytes, a small one by git's sha1, which counts its length too. */
const hashFor = ({sha256, bytes}: HubFile): Hash =>
  sha256 === undefined ? createHash('sha1').update(`blob ${bytes}\0`) : createHash('sha256')

const PIECE = 2 ** 20
const FLUSH = 2 ** 26
