import {expect, test} from 'vitest'
import {ENGINES} from '../../test/models/adapters.ts'
import {ONNX} from '../../test/models/engines.ts'
import {attendPast} from '../tensor/attention.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import {type InputSpec, type Step, type Stored, shapeAt, size} from './program.ts'

const of = (...shape: InputSpec['shape']): InputSpec => ({dtype: 'float32', shape})
const any = (count: number, seed: number) => Float32Array.from({length: count}, (_, i) => Math.sin(seed + 3 * i))

/** One token after S others of B texts, and what a program that is compiled for these sizes alone answers. */
const [KEYS, H, D] = [2, 6, 4]
const decode: Step = ({q, k, v, keys, values, mask}) => ({y: attendPast({q, k, v}, {keys, values, mask})})
const inputs = (B: number | string, S: number | string) => ({
  q: of(B, H, 1, D),
  k: of(B, KEYS, 1, D),
  v: of(B, KEYS, 1, D),
  keys: of(B, KEYS, S, D),
  values: of(B, KEYS, S, D),
  mask: of(B, 1, 1, S),
})
const feeds = (B: number, S: number) => {
  const each = Object.entries(inputs(B, S))
  return Object.fromEntries(each.map(([name, spec], i) => [name, any(size(shapeAt(spec)), i)]))
}

test.each(ENGINES)('$name: one program serves all sizes, and answers what programs of fixed ones do', async engine => {
  const program = await engine.compile(decode, {inputs: inputs('B', 'S'), weights: {}})
  for (const [B, S] of [
    [2, 5],
    [1, 1],
    [3, 40],
    [2, 5],
  ]) {
    const alone = await engine.compile(decode, {inputs: inputs(B, S), weights: {}})
    expect(await program.run(feeds(B, S), {B, S})).toEqual(await alone.run(feeds(B, S)))
    await alone.dispose()
  }
  await program.dispose()
})

test.each(ENGINES)('$name: a size that a run does not give is asked for by name', async engine => {
  const program = await engine.compile(decode, {inputs: inputs('B', 'S'), weights: {}})
  await expect(program.run(feeds(2, 5), {B: 2})).rejects.toThrow('the size of S')
  await program.dispose()
})

test('a program with dynamic sizes and repacked weights computes what one of fixed sizes does', async () => {
  const [B, K, S] = [2, 4, 6]
  const stored: Stored = {dtype: 'float32', shape: [K, S], at: {data: any(K * S, 1)}}
  const step: Step = ({x}, {a, b}) => ({y: tf.concat([tf.matMul(x, a, false, true), tf.matMul(x, b, false, true)], 1)})
  const weights = {a: stored, b: {...stored, at: {data: any(K * S, 2)}}}
  const [dynamic, fixed] = [await compile(of('B', S)), await compile(of(B, S))]
  for (const data of [any(B * S, 3), any(B * S, 4)])
    expect(await dynamic.run({x: data}, {B})).toEqual(await fixed.run({x: data}))
  expect((await dynamic.run({x: any(5 * S, 5)}, {B: 5})).y).toHaveLength(5 * 2 * K)

  function compile(x: InputSpec) {
    return ONNX.compile(step, {inputs: {x}, weights, prepack: true})
  }
})

const REFUSED: Readonly<Record<string, (x: Tensor2D, N: number, M: number) => Tensor>> = {
  'a reshape with two sizes left over': (x, N, M) => tf.reshape(tf.mul(x, 2), [M, N]),
  'a broadcast': (x, N, M) => tf.broadcastTo(tf.slice(x, [0, 0], [1, 1]), [N, M]),
  'a size as a number': (x, _, M) => tf.mul(x, M),
  'a mean': (x, _, M) => tf.div(tf.sum(x, 1), M),
  'a sum of ones': x => tf.add(x, tf.sum(tf.fill(x.shape, 1))),
  'a slice to another size': (x, N) => tf.slice(x, [0, 0], [N, N]),
  'a slice that ends early where a size is large': (x, N, M) => tf.slice(x, [0, 0], [N, Math.min(M, 128)]),
  'padding to a size': (x, N, M) =>
    tf.pad(x, [
      [0, M],
      [0, N],
    ]),
  'a range': (x, _, M) => tf.add(x, tf.range(0, M, 1, 'float32')),
  'another step where a size is large': (x, _, M) => (M > 512 ? tf.neg(x) : tf.abs(x)),
}

test.each(Object.entries(REFUSED))('%s is refused when it is compiled', async (_, f) => {
  const step: Step = ({x}) => ({y: f(x as Tensor2D, x.shape[0], x.shape[1]!)})
  await expect(ONNX.compile(step, {inputs: {x: of('N', 'M')}, weights: {}})).rejects.toThrow(
    /dynamic dimension|at large sizes/,
  )
})
