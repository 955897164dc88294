import {openOnnx} from '../../engine/onnx.ts'
import type {Data, Named, Step} from '../../engine/program.ts'
import * as tf from '../../tensor/tf.ts'
import type {Check} from './check.ts'

/** Whether the CPU computes, and how fast it multiplies matrices and reads memory: what bounds training and generation. */
export async function rates(): Promise<Check[]> {
  const product = await fastest(({a, b}) => ({c: tf.matMul(a, b)}), {a: [SIDE, SIDE], b: [SIDE, SIDE]})
  // of the ways to read, the largest number of each row is the fastest
  const pass = await fastest(({a}) => ({largest: tf.max(a, -1)}), {a: [ROWS, COLUMNS]})
  const flops = (2 * SIDE ** 3) / product
  const bytes = (4 * ROWS * COLUMNS) / pass
  return [
    {name: 'onnxruntime cpu', needed: true, status: 'ok', says: 'works'},
    {
      name: 'matrix product',
      status: 'ok',
      says: `${(flops / 1e9).toFixed(0)} GFLOP/s in float32, ${SIDE}³`,
      found: {flopsPerSecond: Math.round(flops)},
    },
    {
      name: 'memory bandwidth',
      status: 'ok',
      says: `${(bytes / 1e9).toFixed(1)} GB/s`,
      found: {bytesPerSecond: Math.round(bytes)},
    },
  ]
}

const SIDE = 1024
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
