import {openThread} from '../base/thread.ts'
import type {Preparation} from './prepare-one.ts'
import {type ImageSource, openReader} from './source.ts'

/** Requests an image from a thread, as planes (3, height, width). */
export interface PrepareRequest {
  readonly source: ImageSource
  /** The bytes of its file. */
  readonly bytes: Uint8Array
}

/** Threads that prepare images. */
export interface Pool {
  /** Prepares one image to planes (3, height, width), on the thread with the fewest pending images. */
  prepare(source: ImageSource): Promise<Uint8Array>
  /** Ends the threads and waits until they have exited. */
  close(): Promise<void>
}

/** Opens threads. All images are read on this thread, so that each group of rows of a Parquet file is read once. */
export function openPool(threads: number, options: Preparation): Pool {
  const read = openReader()
  const entry = new URL('./prepare-thread.js', import.meta.url)
  const members = Array.from({length: threads}, () =>
    openThread<PrepareRequest, Uint8Array>(entry, {workerData: options}),
  )
  return {
    async prepare(source) {
      const bytes = new Uint8Array(await read(source)) // those of a Parquet file are a view of a whole group of rows
      const member = members.reduce((a, b) => (b.load() < a.load() ? b : a))
      return member.request({source, bytes}, {transfer: [bytes.buffer]})
    },
    close: async () => {
      await Promise.all(members.map(member => member.close()))
    },
  }
}
