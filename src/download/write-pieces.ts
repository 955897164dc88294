import {once} from 'node:events'
import {createWriteStream} from 'node:fs'
import type {FileHandle} from 'node:fs/promises'
import {finished} from 'node:stream/promises'

export interface PieceOptions {
  /** The position of the first piece in the file. */
  readonly from: number
  /** Called after each piece with the position behind it. */
  readonly advance: (done: number) => void
}

/** Writes pieces as they arrive: while some are written, the next are received. Throws the first error of the file. */
export async function writePieces(
  pieces: AsyncIterable<Buffer>,
  handle: FileHandle,
  {from, advance}: PieceOptions,
): Promise<void> {
  const stream = createWriteStream('', {fd: handle.fd, autoClose: false, start: from, highWaterMark: BUFFERED})
  const ended = finished(stream)
  ended.catch(() => {}) // an error may come between two pieces; the next write, or the end, throws it
  let flushed: Promise<unknown> = Promise.resolve()
  let done = from
  try {
    for await (const piece of pieces) {
      if (!stream.write(piece)) await Promise.race([once(stream, 'drain'), ended])
      if (Math.floor(done / FLUSH) < Math.floor((done + piece.length) / FLUSH)) {
        flushed = Promise.all([flushed, handle.datasync()]) // starts writing to the disk now, so that little is left at the end
        flushed.catch(() => {}) // thrown at the end: the system reports it only once, and not to a later sync
      }
      done += piece.length
      advance(done)
    }
  } finally {
    stream.end()
    await ended
    await flushed
  }
}

const BUFFERED = 2 ** 20
const FLUSH = 2 ** 26
