import {openOnnx} from '../../engine/onnx.ts'
import type {Data, Named, Step} from '../../engine/program.ts'
import * as tf from '../../tensor/tf.ts'

/** What bounds training and generation. */
export interface Rates {
  /** Of products of matrices in float32. */
  readonly flopsPerSecond: number
  /** At which memory is read. */
  readonly bytesPerSecond: number
}

/** How fast the CPU multiplies matrices and reads memory, all its cores together. */
export async function measureRates(): Promise<Rates> {
  const product = await fastest(({a, b}) => ({c: tf.matMul(a, b)}), {a: [SIDE, SIDE], b: [SIDE, SIDE]})
  // of the ways to read, the largest number of each row is the fastest
  const pass = await fastest(({a}) => ({largest: tf.max(a, -1)}), {a: [ROWS, COLUMNS]})
  return {
    flopsPerSecond: Math.round((2 * SIDE ** 3) / product),
    bytesPerSecond: Math.round((4 * ROWS * COLUMNS) / pass),
  }
}

export const SIDE = 1024
/** 128 MB: more than caches hold. */
const [ROWS, COLUMNS] = [2 ** 15, 2 ** 10]

/** Seconds of the fastest run in a third of a second. */
async function fastest(step: Step, shapes: Named<readonly number[]>): Promise<number> {
  const inputs = Object.fromEntries(Object.entries(shapes).map(([k, shape]) => [k, {dtype: 'float32', shape} as const]))
  const feeds: Record<string, Data> = {}
  for (const [name, shape] of Object.entries(shapes)) {
    feeds[name] = numbers(shape[0] * shape[1])
  }
  const program = await openOnnx().compile(step, {inputs, weights: {}})
  let best = Number.POSITIVE_INFINITY
  for (const end = performance.now() + 350; performance.now() < end; ) {
    const start = performance.now()
    await program.run(feeds)
    best = Math.min(best, (performance.now() - start) / 1000)
  }
  await program.dispose()
  return best
}

/** Other numbers than 0, whose pages the system could share. */
function numbers(count: number): Float32Array {
  const all = new Float32Array(count)
  for (let i = 0; i < 1024; i++) all[i] = i / 1024
  for (let done = 1024; done < count; done *= 2) all.copyWithin(done, 0, Math.min(done, count - done))
  return all
}
