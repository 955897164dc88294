import {availableParallelism} from 'node:os'
import {openPool, type Pool} from './pool.ts'
import {type Preparation, prepareOne} from './prepare-one.ts'
import {type ImageSource, openReader} from './source.ts'

export interface PrepareOptions extends Preparation {
  /** The number of threads that decode and scale; default: the number of cores. */
  readonly threads?: number
  readonly signal?: AbortSignal
}

/**
 * Decodes, scales and crops images to planes (3, height, width), in the order of `sources`. Threads do the work, a few images
 * ahead of the reader; only a handful is prepared on this thread. Throws the fault of the first image that cannot be prepared, and
 * the signal's reason.
 */
export async function* prepare(
  sources: readonly ImageSource[],
  {threads = availableParallelism(), signal, width, height, scaled, filter, orient = false}: PrepareOptions,
): AsyncGenerator<Uint8Array> {
  const how = {width, height, scaled, filter, orient} // a thread takes no signal
  const pool = sources.length > HANDFUL ? openPool(threads, how) : here(how)
  const ahead: Promise<Uint8Array>[] = []
  try {
    for (let i = 0, started = 0; i < sources.length; i++) {
      for (; started < Math.min(sources.length, i + AHEAD * threads); started++) {
        const planes = pool.prepare(sources[started])
        planes.catch(() => {}) // thrown when its turn comes
        ahead.push(planes)
      }
      signal?.throwIfAborted()
      const [next] = ahead.splice(0, 1)
      const planes = await next
      signal?.throwIfAborted()
      yield planes
    }
  } finally {
    await pool.close()
  }
}

function here(how: Preparation): Pool {
  const read = openReader()
  return {prepare: source => prepareOne(source, how, read), close: async () => {}}
}

/** For fewer images than this, threads take longer to start than they save. */
const HANDFUL = 16

/** The images of a thread at a time: while one is scaled, the next is read and decoded. */
const AHEAD = 2
