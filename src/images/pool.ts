import {SHARE_ENV, Worker} from 'node:worker_threads'
import {Fault, type FaultKind} from '../base/fault.ts'
import type {Preparation} from './prepare-one.ts'
import {type ImageSource, openReader} from './source.ts'

/** Requests an image from a thread; undefined instead ends the thread. */
export interface PrepareRequest {
  readonly id: number
  readonly source: ImageSource
  /** The bytes of its file. */
  readonly bytes: Uint8Array
}

/** A thread's response. */
export type PreparedImage =
  | {readonly id: number; readonly planes: Uint8Array}
  | {readonly id: number; readonly kind: FaultKind; readonly message: string}

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
  const members = Array.from({length: threads}, () => openMember(options))
  return {
    async prepare(source) {
      const bytes = await read(source)
      return members.reduce((a, b) => (b.load() < a.load() ? b : a)).prepare(source, bytes)
    },
    close: async () => {
      await Promise.all(members.map(member => member.close()))
    },
  }
}

interface Member extends Pick<Pool, 'close'> {
  prepare(source: ImageSource, bytes: Uint8Array): Promise<Uint8Array>
  /** The number of its pending images. */
  load(): number
}

function openMember(options: Preparation): Member {
  const worker = new Worker(new URL('./prepare-thread.js', import.meta.url), {workerData: options, env: SHARE_ENV})
  const pending = new Map<number, {resolve: (planes: Uint8Array) => void; reject: (error: unknown) => void}>()
  let next = 0
  let broken: unknown

  worker.on('message', (response: PreparedImage) => {
    const request = pending.get(response.id)
    pending.delete(response.id)
    if ('planes' in response) request?.resolve(response.planes)
    else request?.reject(new Fault(response.kind, response.message))
  })
  const fail = (error: unknown) => {
    broken ??= error
    for (const {reject} of pending.values()) reject(broken)
    pending.clear()
  }
  worker.on('error', fail)
  const ended = new Promise<void>(resolve => {
    worker.on('exit', code => {
      fail(new Error(`a thread that prepares images ended with code ${code}`))
      resolve()
    })
  })

  return {
    load: () => pending.size,
    prepare: (source, bytes) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken)
        const id = next++
        pending.set(id, {resolve, reject})
        const own = new Uint8Array(bytes) // those of a Parquet file are a view of a whole group of rows
        worker.postMessage({id, source, bytes: own} satisfies PrepareRequest, [own.buffer])
      }),
    async close() {
      worker.postMessage(undefined)
      await ended
    },
  }
}
