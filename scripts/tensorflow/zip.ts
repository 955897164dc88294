import {createReadStream, createWriteStream} from 'node:fs'
import {mkdir, open} from 'node:fs/promises'
import {dirname, join, normalize} from 'node:path'
import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createInflateRaw} from 'node:zlib'

/** Unpacks the requested files of a zip archive of up to 4 GB. */
export async function unzip(
  archive: string,
  {into, wanted}: {readonly into: string; readonly wanted: (name: string) => boolean},
): Promise<void> {
  const file = await open(archive)
  try {
    const read = async (at: number, bytes: number) => (await file.read(Buffer.alloc(bytes), 0, bytes, at)).buffer
    const {size} = await file.stat()
    const tail = await read(Math.max(0, size - END_AT_MOST), Math.min(size, END_AT_MOST))
    const end = tail.lastIndexOf(Buffer.from('PK\x05\x06'))
    if (end < 0) throw new Error(`${archive} is no zip archive`)
    const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))

    for (const entry of entries(directory)) {
      if (!wanted(entry.name)) continue
      const path = join(into, entry.name)
      if (normalize(entry.name).startsWith('..'))
        throw new Error(`${archive} has a file outside of itself: ${entry.name}`)
      await mkdir(dirname(path), {recursive: true})
      const head = await read(entry.at, 30)
      const start = entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28) // behind its own name
      const packed = createReadStream(archive, {
        start,
        end: start + entry.bytes - 1,
        highWaterMark: 2 ** 20,
      })
      await pipeline(packed, entry.deflated ? createInflateRaw() : new PassThrough(), createWriteStream(path))
    }
  } finally {
    await file.close()
  }
}

/** The record that ends an archive, with the longest comment. */
const END_AT_MOST = 22 + 2 ** 16

interface Entry {
  readonly name: string
  readonly deflated: boolean
  readonly bytes: number
  readonly at: number
}

function* entries(directory: Buffer): Iterable<Entry> {
  for (let at = 0; at < directory.length; ) {
    const nameLength = directory.readUInt16LE(at + 28)
    yield {
      name: directory.toString('utf8', at + 46, at + 46 + nameLength),
      deflated: directory.readUInt16LE(at + 10) === 8,
      bytes: directory.readUInt32LE(at + 20),
      at: directory.readUInt32LE(at + 42),
    }
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
}
