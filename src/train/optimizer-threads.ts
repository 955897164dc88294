import {sum as addUp} from '../base/collections.ts'
import {openThread} from '../base/thread.ts'
import {
  type AdamWState,
  accumulate,
  adamw,
  BLOCK,
  type EntryRange,
  type SumOptions,
  type UpdateOptions,
} from './optimizer.ts'

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
  adamw(state: AdamWState, grad: Float32Array, options: UpdateOptions): Promise<void>
  /** Ends the threads and waits until they have exited. */
  close(): Promise<void>
}

/** Work on a range of vectors, which a thread reads and writes in their owner's memory. */
export type OptimizerRequest = OptimizerWork<VectorMemory> & {readonly range: EntryRange}

type OptimizerWork<Vector> =
  | {readonly sum: Vector; readonly grad: Vector; readonly options: SumOptions}
  | {
      readonly state: Readonly<Record<keyof AdamWState, Vector>>
      readonly grad: Vector
      readonly options: UpdateOptions
    }

/** The memory of an array of float32. */
export interface VectorMemory {
  readonly address: bigint
  readonly length: number
}

/** Does the work on a range, and returns the sums of squares of an accumulated one; of an updated one, none. */
export function optimizeRange(work: OptimizerWork<Float32Array>, range: EntryRange | undefined): number[] {
  if ('sum' in work) return accumulate(work.sum, work.grad, {...work.options, range})
  adamw(work.state, work.grad, {...work.options, range})
  return []
}

/** Converts the vectors of a piece of work to another form. */
export function mapVectors<A, B>(work: OptimizerWork<A>, convert: (vector: A) => B): OptimizerWork<B> {
  const grad = convert(work.grad)
  if ('sum' in work) return {sum: convert(work.sum), grad, options: work.options}
  const {theta, m, v} = work.state
  return {state: {theta: convert(theta), m: convert(m), v: convert(v)}, grad, options: work.options}
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
    async adamw(state, grad, options) {
      await optimize({state, grad, options})
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
function shareBlocks(size: number, count: number): EntryRange[] {
  const blocks = Math.ceil(size / BLOCK)
  const edge = (i: number) => Math.min(size, BLOCK * Math.round((i * blocks) / count))
  return Array.from({length: count}, (_, i) => ({from: edge(i), to: edge(i + 1)}))
}

/** Another thread, which works on its range. */
interface Helper {
  optimize(work: OptimizerWork<Float32Array>): Promise<number[]>
  close(): Promise<void>
}

async function openHelpers(ranges: readonly EntryRange[]): Promise<Helper[]> {
  const {addressOf} = await import('../base/native/koffi.ts')
  const memory = (array: Float32Array): VectorMemory => ({address: addressOf(array), length: array.length})
  const entry = new URL('./optimizer-thread.js', import.meta.url)
  return ranges.map(range => {
    const thread = openThread<OptimizerRequest, number[]>(entry)
    return {
      optimize: work => thread.request({...mapVectors(work, memory), range}, {keep: work}),
      close: () => thread.close(),
    }
  })
}
