import {once} from 'node:events'
import {SHARE_ENV, Worker} from 'node:worker_threads'
import {sum as addUp} from '../base/collections.ts'
import {accumulate, adamw, BLOCK, type Moments, type Range, type SumOptions, type UpdateOptions} from './optimizer.ts'

/** Sums the gradients of a step and updates the trainables. */
export interface Optimizer {
  /**
   * Adds weight · grad to the sum of a step's `total` gradients, of which it has `done`. Returns the sum with its norm, and whether
   * all of `grad` is finite. A single gradient becomes the sum itself; that of several is overwritten in the next step.
   */
  accumulate(
    grad: Float32Array,
    options: {readonly weight: number; readonly done: number; readonly total: number},
  ): Promise<{readonly sum: Float32Array; readonly finite: boolean; readonly norm: number}>
  adamw(moments: Moments, grad: Float32Array, options: UpdateOptions): Promise<void>
  /** Ends the threads and waits until they have exited. */
  close(): Promise<void>
}

/** What a thread does to its range of vectors, which it reads and writes in their owner's memory. */
export type OptimizerRequest = {readonly range: Range; readonly grad: Memory} & (
  | {readonly sum: Memory; readonly options: SumOptions}
  | {readonly moments: Readonly<Record<keyof Moments, Memory>>; readonly options: UpdateOptions}
)

/** The memory of an array of float32. */
export interface Memory {
  readonly address: bigint
  readonly length: number
}

/** The entry of a thread, which Node runs only compiled: this module's own source takes that of the build. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/train/optimizer-thread.js' : 'optimizer-thread.js',
  import.meta.url,
)

/** More threads than this would wait for memory. */
const MOST = 8

/**
 * An optimizer of `size` trainables, whose blocks are shared among `threads` threads, this one included. The others start with the
 * first gradient: they then treat denormals as this one does, which onnxruntime may have changed.
 */
export function openOptimizer(size: number, threads: number): Optimizer {
  const [own, ...others] = shareBlocks(size, optimizerThreads(size, threads))
  let helpers: Helpers | undefined
  let buffer: Float32Array | undefined
  return {
    async accumulate(grad, {weight, done, total}) {
      if (others.length > 0) helpers ??= await openHelpers(others)
      if (total > 1) buffer ??= new Float32Array(size)
      const sum = total > 1 && buffer ? buffer : grad
      const options = {weight, isFirst: done === 0}
      const helped = helpers?.ask(memoryOf => ({grad: memoryOf(grad), sum: memoryOf(sum), options}))
      const squares = [accumulate(sum, grad, options, own), ...((await helped) ?? [])].flat()
      const norm = Math.sqrt(addUp(squares))
      return {sum, norm, finite: Number.isFinite(norm) || (sum !== grad && grad.every(Number.isFinite))}
    },
    async adamw(moments, grad, options) {
      const {theta, m, v} = moments
      const helped = helpers?.ask(memoryOf => {
        const shared = {theta: memoryOf(theta), m: memoryOf(m), v: memoryOf(v)}
        return {grad: memoryOf(grad), moments: shared, options}
      })
      adamw(moments, grad, options, own)
      await helped
    },
    close: async () => helpers?.close(),
  }
}

/** How many of `threads` threads an optimizer of `size` trainables uses: each has a block. */
export const optimizerThreads = (size: number, threads: number): number =>
  Math.max(1, Math.min(threads, MOST, Math.ceil(size / BLOCK)))

/** A range for each thread, of whole blocks, so that the bits of a norm do not depend on the number of threads. */
function shareBlocks(size: number, count: number): Range[] {
  const blocks = Math.ceil(size / BLOCK)
  const edge = (i: number) => Math.min(size, BLOCK * Math.round((i * blocks) / count))
  return Array.from({length: count}, (_, i) => ({from: edge(i), to: edge(i + 1)}))
}

type MemoryOf = (array: Float32Array) => Memory

/** The other threads. */
interface Helpers {
  /** Asks all for the same, each for its range. */
  ask(request: (memoryOf: MemoryOf) => Omit<OptimizerRequest, 'range'>): Promise<number[][]>
  close(): Promise<void>
}

async function openHelpers(ranges: readonly Range[]): Promise<Helpers> {
  const {addressOf} = await import('../base/native/koffi.ts')
  const threads = ranges.map(range => ({range, worker: new Worker(ENTRY, {env: SHARE_ENV})}))
  return {
    async ask(request) {
      const arrays = new Set<Float32Array>()
      const shared = request(array => {
        arrays.add(array)
        return {address: addressOf(array), length: array.length}
      })
      const answers = threads.map(async ({range, worker}) => {
        worker.postMessage({...shared, range})
        const [squares] = await once(worker, 'message')
        return squares
      })
      try {
        return await Promise.all(answers)
      } finally {
        arrays.clear() // until now, it keeps their memory from being freed
      }
    },
    async close() {
      await Promise.all(threads.map(({worker}) => worker.terminate()))
    },
  }
}
