import {mapValues} from '../../base/collections.ts'
import {openOnnx} from '../../engine/onnx.ts'
import type {Named, Step} from '../../engine/program.ts'
import {fastestRun} from '../../setup/fastest-run.ts'
import {tf} from '../../tensor/tf.ts'

/** The rates that bound training and generation. */
export interface Rates {
  /** Floating-point operations per second of a float32 matrix product. */
  readonly flopsPerSecond: number
  /** Bytes of memory read per second. */
  readonly bytesPerSecond: number
  /** Floating-point operations per second of a bfloat16 matrix product, with engine openvino; undefined if not measured. */
  readonly bf16FlopsPerSecond?: number | undefined
  /** Whether other programs kept the machine busy during all measurements, so that the rates may be too low. */
  readonly isBusy?: boolean
}

/** The gain of bfloat16 below which it counts as none, since it is within the noise of a measurement. */
export const FASTER = 1.15

/** Whether a measured product is no faster in bfloat16 than in float32 on this machine. */
export const isBf16Slow = ({flopsPerSecond, bf16FlopsPerSecond, isBusy}: Rates): boolean =>
  bf16FlopsPerSecond !== undefined && bf16FlopsPerSecond < FASTER * flopsPerSecond && !isBusy

/** Measures how fast all cores of the CPU together multiply matrices and read memory. */
export async function measureRates(): Promise<Omit<Rates, 'isBusy'>> {
  const product = await timeStep(({a, b}) => ({c: tf.matMul(a, b)}), {a: [SIDE, SIDE], b: [SIDE, SIDE]})
  // the maximum of each row reads memory faster than any other op
  const pass = await timeStep(({a}) => ({largest: tf.max(a, -1)}), {a: [ROWS, COLUMNS]})
  return {
    flopsPerSecond: Math.round((2 * SIDE ** 3) / product),
    bytesPerSecond: Math.round((4 * ROWS * COLUMNS) / pass),
  }
}

export const SIDE = 1024
/** 128 MB, more than the caches of a CPU. */
const [ROWS, COLUMNS] = [2 ** 15, 2 ** 10]

/** The time in seconds of a step's fastest run. */
async function timeStep(step: Step, shapes: Named<readonly number[]>): Promise<number> {
  const inputs = mapValues(shapes, shape => ({dtype: 'float32', shape}) as const)
  const feeds = mapValues(shapes, ([rows, columns]) => nonzeroValues(rows * columns))
  const program = await openOnnx().compile(step, {inputs, weights: {}})
  const seconds = await fastestRun(() => program.run(feeds), 0.35)
  await program.dispose()
  return seconds
}

/** Values other than 0, because the system may map zeros to one shared page. */
function nonzeroValues(count: number): Float32Array {
  const all = new Float32Array(count)
  for (let i = 0; i < 1024; i++) all[i] = i / 1024
  for (let done = 1024; done < count; done *= 2) all.copyWithin(done, 0, Math.min(done, count - done))
  return all
}
