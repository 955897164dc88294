import {SHARE_ENV, Worker} from 'node:worker_threads'
import {sum as addUp} from '../base/collections.ts'
import {accumulate, adamw, BLOCK, type Moments, type Range, type SumOptions, type UpdateOptions} from './optimizer.ts'

/** Sums the gradients of a step and updates the trainables. */
export interface Optimizer {
  /**
   * Adds weight · grad to the sum of a step's `total` gradients, of which it has `done`. Returns the sum with its norm, and whether
   * all of `grad` is finite: a single one in float32 after weighting, since it becomes the sum itself. The sum of several is
   * overwritten in the next step.
   */
  accumulate(
    grad: Float32Array,
    options: {readonly weight: number; readonly done: number; readonly total: number},
  ): Promise<{readonly sum: Float32Array; readonly finite: boolean; readonly norm: number}>
  adamw(moments: Moments, grad: Float32Array, options: UpdateOptions): Promise<void>
  /** Ends the threads and waits until they have exited. */
  close(): Promise<void>
}

/** Work on a range of vectors, which a thread reads and writes in their owner's memory. */
export type OptimizerRequest = OptimizerWork<Memory> & {readonly range: Range}

type OptimizerWork<Vector> =
  | {readonly sum: Vector; readonly grad: Vector; readonly options: SumOptions}
  | {readonly moments: Readonly<Record<keyof Moments, Vector>>; readonly grad: Vector; readonly options: UpdateOptions}

/** The memory of an array of float32. */
export interface Memory {
  readonly address: bigint
  readonly length: number
}

/** Does the work on a range, and returns the sums of squares of an accumulated one; of an updated one, none. */
export function optimizeRange(work: OptimizerWork<Float32Array>, range: Range | undefined): number[] {
  if ('sum' in work) return accumulate(work.sum, work.grad, work.options, range)
  adamw(work.moments, work.grad, work.options, range)
  return []
}

/** The same work on other forms of its vectors. */
export function mapVectors<A, B>(work: OptimizerWork<A>, convert: (vector: A) => B): OptimizerWork<B> {
  const grad = convert(work.grad)
  if ('sum' in work) return {sum: convert(work.sum), grad, options: work.options}
  const {theta, m, v} = work.moments
  return {moments: {theta: convert(theta), m: convert(m), v: convert(v)}, grad, options: work.options}
}

/** More threads than this would wait for memory. */
const MOST_THREADS = 8

/**
 * An optimizer of `size` trainables, whose blocks are shared among `threads` threads, this one included. The others start with the
 * first gradient: on Linux, they then treat denormals as this one does, which onnxruntime may have changed.
 */
export function openOptimizer(size: number, threads: number): Optimizer {
  const [own, ...others] = shareBlocks(size, optimizerThreads(size, threads))
  let helpers: readonly Helper[] = []
  let buffer: Float32Array | undefined

  const optimize = async (work: OptimizerWork<Float32Array>): Promise<number[]> => {
    if (helpers.length < others.length) helpers = await openHelpers(others)
    const helped = Promise.allSettled(helpers.map(helper => helper.optimize(work)))
    const squares = [optimizeRange(work, own)]
    for (const outcome of await helped) {
      if (outcome.status === 'rejected') throw outcome.reason
      squares.push(outcome.value)
    }
    return squares.flat()
  }
  return {
    async accumulate(grad, {weight, done, total}) {
      if (total > 1) buffer ??= new Float32Array(size)
      const sum = total > 1 && buffer ? buffer : grad
      const norm = Math.sqrt(addUp(await optimize({sum, grad, options: {weight, isFirst: done === 0}})))
      return {sum, norm, finite: Number.isFinite(norm) || (sum !== grad && grad.every(Number.isFinite))}
    },
    async adamw(moments, grad, options) {
      await optimize({moments, grad, options})
    },
    async close() {
      await Promise.all(helpers.map(helper => helper.close()))
    },
  }
}

/** How many of `threads` threads an optimizer of `size` trainables uses: each has a block. */
export const optimizerThreads = (size: number, threads: number): number =>
  Math.max(1, Math.min(threads, MOST_THREADS, Math.ceil(size / BLOCK)))

/** A range for each thread, of whole blocks, so that the bits of a norm do not depend on the number of threads. */
function shareBlocks(size: number, count: number): Range[] {
  const blocks = Math.ceil(size / BLOCK)
  const edge = (i: number) => Math.min(size, BLOCK * Math.round((i * blocks) / count))
  return Array.from({length: count}, (_, i) => ({from: edge(i), to: edge(i + 1)}))
}

/** Another thread, which works on its range. */
interface Helper {
  optimize(work: OptimizerWork<Float32Array>): Promise<number[]>
  close(): Promise<unknown>
}

/** The entry of a thread, which Node runs only compiled: this module's own source takes that of the build. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/train/optimizer-thread.js' : 'optimizer-thread.js',
  import.meta.url,
)

async function openHelpers(ranges: readonly Range[]): Promise<Helper[]> {
  const {addressOf} = await import('../base/native/koffi.ts')
  const memory = (array: Float32Array): Memory => ({address: addressOf(array), length: array.length})
  return ranges.map(range => openHelper(range, memory))
}

function openHelper(range: Range, memory: (array: Float32Array) => Memory): Helper {
  const worker = new Worker(ENTRY, {env: SHARE_ENV})
  /** The request that it works on. Its arrays are here so that their memory is not freed before it is done. */
  let pending:
    | {
        readonly work: OptimizerWork<Float32Array>
        readonly resolve: (squares: number[]) => void
        readonly reject: (error: unknown) => void
      }
    | undefined
  worker.on('message', (squares: number[]) => {
    pending?.resolve(squares)
    pending = undefined
  })
  worker.on('error', error => pending?.reject(error))
  worker.on('exit', code => pending?.reject(new Error(`a thread of the optimizer ended with code ${code}`)))
  return {
    optimize: work =>
      new Promise((resolve, reject) => {
        pending = {work, resolve, reject}
        worker.postMessage({...mapVectors(work, memory), range} satisfies OptimizerRequest)
      }),
    close: () => worker.terminate(),
  }
}
