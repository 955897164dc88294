import {SHARE_ENV, Worker} from 'node:worker_threads'
import {Fault, type FaultKind} from '../base/fault.ts'
import type {Preparation} from './prepare-one.ts'
import type {ImageSource} from './source.ts'

/** Asks a thread for an image; undefined in its place asks it to end. */
export interface PrepareRequest {
  readonly id: number
  readonly source: ImageSource
}

/** What a thread answers. */
export type PreparedImage =
  | {readonly id: number; readonly planes: Uint8Array}
  | {readonly id: number; readonly kind: FaultKind; readonly message: string}

/** Threads that prepare images. */
export interface Pool {
  /** One image's planes (3, height, width), from the thread that has least to do. */
  prepare(source: ImageSource): Promise<Uint8Array>
  /** Ends the threads, each after what it has been asked. */
  close(): Promise<void>
}

export function openPool(threads: number, options: Preparation): Pool {
  const members = Array.from({length: threads}, () => openMember(options))
  return {
    prepare: source => members.reduce((a, b) => (b.load() < a.load() ? b : a)).prepare(source),
    close: async () => {
      await Promise.all(members.map(member => member.close()))
    },
  }
}

interface Member extends Pool {
  /** How many images it is asked for. */
  load(): number
}

function openMember(options: Preparation): Member {
  const worker = new Worker(new URL('./prepare-thread.js', import.meta.url), {workerData: options, env: SHARE_ENV})
  const asked = new Map<number, {resolve: (planes: Uint8Array) => void; reject: (error: unknown) => void}>()
  let next = 0
  let broken: unknown

  worker.on('message', (answer: PreparedImage) => {
    const asker = asked.get(answer.id)
    asked.delete(answer.id)
    if ('planes' in answer) asker?.resolve(answer.planes)
    else asker?.reject(new Fault(answer.kind, answer.message))
  })
  const fail = (error: unknown) => {
    broken ??= error
    for (const {reject} of asked.values()) reject(broken)
    asked.clear()
  }
  worker.on('error', fail)
  const ended = new Promise<void>(resolve => {
    worker.on('exit', code => {
      fail(new Error(`a thread that prepares images ended with code ${code}`))
      resolve()
    })
  })

  return {
    load: () => asked.size,
    prepare: source =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken)
        const id = next++
        asked.set(id, {resolve, reject})
        worker.postMessage({id, source} satisfies PrepareRequest)
      }),
    async close() {
      worker.postMessage(undefined)
      await ended
    },
  }
}
