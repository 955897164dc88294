import {expect, test} from 'vitest'
import {ENGINES} from '../../test/adapters.ts'
import {ONNX} from '../../test/engines.ts'
import {attendPast} from '../tensor/attention.ts'
import * as tf from '../tensor/tf.ts'
import {type InputSpec, type Step, shapeAt, size} from './program.ts'

const of = (...shape: InputSpec['shape']): InputSpec => ({dtype: 'float32', shape})
const any = (count: number, seed: number) => Float32Array.from({length: count}, (_, i) => Math.sin(seed + 3 * i))

/** One token after S others of B texts, and what a program that is compiled for these sizes alone answers. */
const [K, H, D] = [2, 6, 4]
const decode: Step = ({q, k, v, keys, values, mask}) => ({y: attendPast(q, k, v, {keys, values, mask})})
const inputs = (B: number | string, S: number | string) => ({
  q: of(B, H, 1, D),
  k: of(B, K, 1, D),
  v: of(B, K, 1, D),
  keys: of(B, K, S, D),
  values: of(B, K, S, D),
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
  await expect(program.run(feeds(2, 5), {B: 2})).rejects.toThrow('no size is given for S')
  await program.dispose()
})

test.each<[what: string, step: Step, error: string]>([
  [
    'a reshape with two sizes left over',
    ({x}) => ({y: tf.reshape(tf.mul(x, 2), [4 * x.shape[0]!, x.shape[1]! / 4])}),
    'Reshape cannot take a size that is free',
  ],
  ['a broadcast', ({x}) => ({y: tf.broadcastTo(tf.slice(x, [0, 0], [1, 1]), x.shape as never)}), 'Expand cannot take'],
])('%s is refused when it is compiled', async (_, step, error) => {
  await expect(ONNX.compile(step, {inputs: {x: of('N', 'M')}, weights: {}})).rejects.toThrow(error)
})
