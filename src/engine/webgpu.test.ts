import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError} from '../../test/models/adapters.ts'
import {JS, run} from '../../test/models/engines.ts'
import {rmsNorm} from '../tensor/fused.ts'
import {random} from '../tensor/random.ts'
import {tf} from '../tensor/tf.ts'
import type {Data, DType, Named, Step} from './program.ts'
import {trace} from './trace.ts'
import type {Node} from './value.ts'
import {WEBGPU} from './webgpu.ts'

const x = normals([2, 3, 4], random(1))
const y = normals([2, 3, 4], random(2))
const ids: Numbers<Data> = {shape: [2, 5], data: Int32Array.of(3, -1, 2 ** 30, 7, 0, -9, 5, 1, 1, 2)}
const truth: Numbers<Data> = {shape: [2, 3], data: Uint8Array.of(1, 0, 1, 1, 0, 0)}

/** Steps, and the ops in them that a device lacks. */
const CASES: Readonly<Record<string, readonly [lacking: RegExp, step: Step, feeds: Named<Numbers<Data>>]>> = {
  'products of transposed and scaled matrices': [
    /FusedMatMul/,
    ({x, y}) => ({
      a: tf.matMul(tf.mul(x, 0.3), y, false, true),
      b: tf.matMul(x, y, true, false),
      c: tf.matMul(tf.transpose(x, [0, 2, 1]), y, true, true),
    }),
    {x, y},
  ],
  'splits into many and joins of many': [
    /Split/,
    ({x}) => {
      const parts = tf.split(tf.reshape(x, [24, 1]), 24)
      return {joined: tf.concat([...parts].reverse(), 0), few: tf.concat(parts.slice(0, 9), 1)}
    },
    {x},
  ],
  'root mean squares': [
    /SimplifiedLayerNormalization/,
    ({x, gain}) => {
      const [dx, dgain] = tf.grads((x, gain) => rmsNorm(x, gain, 1e-5))([x, gain])
      return {y: rmsNorm(x, gain, 1e-5), dx, dgain}
    },
    {x, gain: normals([4], random(3))},
  ],
  'parts and transposes of booleans': [
    /Split/,
    ({truth}) => ({
      split: tf.split(truth, 3, 1)[1],
      transposed: tf.transpose(truth),
      part: tf.slice(truth, [0, 1], [2, 2]),
      joined: tf.concat([truth, truth], 1),
    }),
    {truth},
  ],
  'slices of integers': [
    /Slice/,
    ({ids}) => ({part: tf.slice(ids, [0, 1], [2, 3]), corner: tf.slice(ids, [1, 2], [1, 2])}),
    {ids},
  ],
}

test.each(Object.entries(CASES))(
  '%s are lowered to other ops with the same results',
  async (_, [lacking, step, feeds]) => {
    const dtype = (data: Data): DType =>
      data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool'
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, {shape, data}]) => [name, {dtype: dtype(data), shape}]),
    )
    const plain = trace(step, {inputs, weights: {}})
    const lowered = trace(step, {inputs, weights: {}, lowering: WEBGPU})
    const ops = (nodes: readonly Node[]) => nodes.map(({op}) => op)
    expect(ops(plain.nodes).some(op => lacking.test(op))).toBe(true)
    expect(ops(lowered.nodes).filter(op => lacking.test(op))).toEqual([])
    expect(Math.max(...lowered.nodes.map(({inputs, outputs}) => inputs.length + outputs.length))).toBeLessThanOrEqual(9)

    const expected = await run(JS, step, feeds)
    const found = await run({...JS, compile: () => compiled(lowered, inputs)}, step, feeds)
    for (const name of Object.keys(expected))
      expect(relativeError(found[name], expected[name]), name).toBeLessThan(1e-6)
  },
)

/** A trace run by onnxruntime on the CPU, which has all that the lowering may use. */
async function compiled(
  {encode, inputs, outputs}: ReturnType<typeof trace>,
  specs: Named<{readonly dtype: DType; readonly shape: readonly number[]}>,
) {
  const {onnxruntime} = await import('./onnxruntime.ts')
  const {InferenceSession, Tensor} = onnxruntime()
  const session = await InferenceSession.create(encode(), {graphOptimizationLevel: 'disabled'})
  return {
    async run(feeds: Named<Data>) {
      const given = Object.entries(inputs).map(([name, [part]]) => [
        part.name,
        new Tensor(specs[name].dtype, feeds[name] as never, [...specs[name].shape]),
      ])
      const results = await session.run(Object.fromEntries(given))
      return Object.fromEntries(
        Object.entries(outputs).map(([name, [part]]) => [name, results[part.name].data as Data]),
      )
    },
    dispose: () => session.release(),
  }
}
