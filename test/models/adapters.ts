import {type Adapter, EVALUATION, type PretrainedWeight, prepareOne} from '../../src/adapters/adapter.ts'
import {openJs} from '../../src/engine/js.ts'
import {openOnnx} from '../../src/engine/onnx.ts'
import {
  type Data,
  type Engine,
  type Named,
  type Program,
  type Shape,
  type Stored,
  size,
} from '../../src/engine/program.ts'
import type {Factors} from '../../src/linalg/factors.ts'
import type {Random} from '../../src/tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {readTensor} from '../../src/weights/safetensors.ts'

export {relativeError} from '../../scripts/parity/measure.ts'

/** The engines to compare, the slow reference first. */
export const ENGINES = [openJs({read: readTensor}), openOnnx({threads: 1})]

export interface Numbers<T extends Data = Float32Array> {
  readonly shape: Shape
  readonly data: T
}

export interface Case {
  readonly x: Numbers
  /** The gradient that arrives at y. */
  readonly dy: Numbers
  readonly trainable: Named<Numbers>
  /** Frozen and shared tensors, and W as `weight`. */
  readonly frozen: Named<Stored>
  /** What a training step drops: nothing where absent. */
  readonly dropped?: {readonly rate: number; readonly drawn: Named<Numbers<Data>>}
}

/** What a method makes of a case: `y`, `merged`, `dx` and `grad.<name>` of every trainable. */
export async function apply(engine: Engine, adapter: Adapter, given: Case): Promise<Record<string, Data>> {
  const program = await compileCase(engine, adapter, given)
  const results = await program.run(feedsOf(given))
  await program.dispose()
  return results
}

/** A program for cases of these shapes and with this `frozen`; run it on `feedsOf` them. */
export function compileCase(engine: Engine, adapter: Adapter, given: Case): Promise<Program> {
  const {rate, drawn} = given.dropped ?? EVALUATION
  const numbers = {x: given.x, dy: given.dy, ...given.trainable, ...(drawn as Named<Numbers<Data>>)}
  const inputs = Object.entries(numbers).map(([name, {shape, data}]) => {
    return [name, {dtype: data instanceof Int32Array ? 'int32' : 'float32', shape}] as const
  })
  const step = (all: Named<Tensor>, weights: Named<Tensor>) => {
    const [random, named] = [true, false].map(which =>
      Object.fromEntries(Object.entries(all).filter(([name]) => name in drawn === which)),
    )
    return training(adapter, named, weights, {rate, drawn: random})
  }
  return engine.compile(step, {inputs: Object.fromEntries(inputs), weights: given.frozen})
}

export const feedsOf = ({x, dy, trainable, dropped}: Case): Record<string, Data> =>
  Object.fromEntries(Object.entries({x, dy, ...trainable, ...dropped?.drawn}).map(([name, {data}]) => [name, data]))

/** Forward and backward; `inputs` are x, dy and the trainable tensors. */
export function training(
  adapter: Adapter,
  {x, dy, ...trainable}: Named<Tensor>,
  frozen: Named<Tensor>,
  pass = EVALUATION,
) {
  const names = Object.keys(trainable)
  const given = [x, ...Object.values(trainable)]
  const forward = (...[x, ...values]: Tensor[]) => {
    const at = Object.fromEntries(names.map((name, i) => [name, values[i]]))
    return adapter.forward(x as Tensor2D, {...frozen, ...prepareOne(adapter, at)}, pass)
  }
  const [dx, ...gradients] = tf.grads(forward)(given, dy)
  const named = Object.fromEntries(names.map((name, i) => [`grad.${name}`, gradients[i]]))
  return {y: forward(...given), merged: adapter.merge({...frozen, ...prepareOne(adapter, trainable)}), dx, ...named}
}

export const normals = (shape: Shape, random: Random): Numbers => ({
  shape,
  data: Float32Array.from({length: size(shape)}, () => random.normal()),
})

export const stored = ({shape, data}: Numbers): Stored => ({dtype: 'float32', shape, at: {data}})

/** A weight made of known factors: orthonormal U and V, singular values from 2 down to 0.1. */
export function knownOrigin(
  [out, into]: readonly [out: number, into: number],
  random: Random,
): PretrainedWeight & {factors(): Promise<Factors>} {
  const n = Math.min(out, into)
  const left = orthonormal(n, out, random.fork('u'))
  const right = orthonormal(n, into, random.fork('v'))
  const sigma = Float32Array.from({length: n}, (_, i) => 2 - (1.9 * i) / n)
  const weight = new Float32Array(out * into)
  const u = new Float32Array(out * n)
  for (let i = 0; i < out; i++) {
    for (let k = 0; k < n; k++) {
      u[i * n + k] = left[k][i]
      for (let j = 0; j < into; j++) weight[i * into + j] += left[k][i] * sigma[k] * right[k][j]
    }
  }
  return {
    shape: [out, into],
    weight: async () => weight,
    factors: async () => ({
      u: stored({shape: [out, n], data: u}),
      sigma: stored({shape: [n], data: sigma}),
      v: stored({shape: [n, into], data: Float32Array.from(right.flatMap(row => [...row]))}),
    }),
  }
}

/** `count` orthonormal rows of `length` numbers, by Gram–Schmidt. */
function orthonormal(count: number, length: number, random: Random): Float64Array[] {
  const rows: Float64Array[] = []
  for (let k = 0; k < count; k++) {
    const row = Float64Array.from({length}, () => random.normal())
    for (const other of [...rows, ...rows]) {
      const shadow = dot(row, other)
      for (let i = 0; i < length; i++) row[i] -= shadow * other[i]
    }
    const norm = Math.sqrt(dot(row, row))
    rows.push(row.map(value => value / norm))
  }
  return rows
}

/** a (m, k) b (n, k)ᵀ, in double precision. */
export function timesTransposed(a: ArrayLike<number>, b: ArrayLike<number>, k: number): number[] {
  const [m, n] = [a.length / k, b.length / k]
  const result: number[] = []
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0
      for (let t = 0; t < k; t++) sum += a[i * k + t] * b[j * k + t]
      result.push(sum)
    }
  }
  return result
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
