import {createReadStream, createWriteStream} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {Readable, Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createInflateRaw} from 'node:zlib'
import {Fault, ioFault} from '../base/fault.ts'
import {makeFolder} from '../base/files.ts'
import {withFile} from '../base/read-file.ts'
import {type PackedRecord, readZip} from '../data/zip.ts'

export interface UnzipOptions {
  readonly into: string
  /** The path of a record below `into`; undefined to leave the record out. */
  readonly pathOf: (name: string) => string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Unpacks records of a zip archive. @throws Fault 'input' if the archive is damaged or unsafe */
export async function unzip(archive: string, {into, pathOf, signal}: UnzipOptions): Promise<void> {
  const where = basename(archive)
  await withFile(archive, async file => {
    for (const [name, record] of await readZip(file, where, {deflated: true})) {
      const below = pathOf(name)
      if (below === undefined) continue
      const path = join(into, below)
      await makeFolder(dirname(path))
      await unpack(record, {archive: file.path, path, where: `${where}: record ${name}`, signal})
    }
  })
}

interface UnpackOptions {
  readonly archive: string
  readonly path: string
  /** The record, for messages. */
  readonly where: string
  readonly signal: AbortSignal | undefined
}

async function unpack(record: PackedRecord, {archive, path, where, signal}: UnpackOptions): Promise<void> {
  const {offset, bytes, deflated, size} = record
  const packed =
    bytes === 0
      ? Readable.from([])
      : createReadStream(archive, {start: offset, end: offset + bytes - 1, highWaterMark: PIECE})
  const inflated = deflated ? [createInflateRaw()] : []
  let done = 0
  const counted = new Transform({
    transform(piece, _, pass) {
      done += piece.length
      pass(
        done > size ? new Fault('input', `${where}: longer than the ${size} bytes that it should have`) : null,
        piece,
      )
    },
  })
  try {
    await pipeline([packed, ...inflated, counted, createWriteStream(path, {flags: 'wx'})], {signal})
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    throw code?.startsWith('Z_') ? new Fault('input', `${where}: damaged (${message})`) : ioFault(path, error)
  }
  if (done !== size) throw new Fault('input', `${where}: has ${done} bytes instead of ${size}`)
}

const PIECE = 2 ** 20
