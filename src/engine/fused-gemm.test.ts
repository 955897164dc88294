import {expect, test} from 'vitest'
import {normals, relativeError} from '../../test/models/adapters.ts'
import {JS, ONNX} from '../../test/models/engines.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import './onnx.ts' // brings the gradients
import {tracing} from './openvino/lowering.ts'
import type {Spec, Step, Stored} from './program.ts'
import {trace} from './trace.ts'

const stored = (dtype: 'float32' | 'bfloat16', rows: number, seed: number): Stored => {
  const {data} = normals([rows, 6], random(seed))
  return {dtype, shape: [rows, 6], at: {data: dtype === 'float32' ? data : new Uint8Array(2 * data.length)}}
}
const weights = {Q: stored('float32', 5, 1), K: stored('float32', 2, 2), V: stored('float32', 1, 3)}
const x = normals([4, 6], random(4))
const inputs: Record<string, Spec> = {x: {dtype: 'float32', shape: [4, 6]}}
const times = (x: Tensor, W: Tensor) => tf.matMul(x as Tensor2D, W as Tensor2D, false, true)
const projections: Step = ({x}, {Q, K, V}) => ({q: times(x, Q), k: tf.tanh(times(x, K)), v: times(x, V)})

const ops = (step: Step, weights: Record<string, Stored>) =>
  trace(step, {inputs, weights, fuse: true}).nodes.map(({op}) => op)

test('products of the same operand become one GEMM', () => {
  expect(ops(projections, weights)).toEqual(['Concat', 'Gemm', 'Split', 'Tanh'])
})

test('products of other operands, of computed, scaled and 16-bit weights are not fused', () => {
  const others: Step = ({x}, {Q, K, V, H, I}) => ({
    q: times(x, Q),
    k: times(tf.tanh(x), K),
    v: times(x, tf.tanh(V)),
    scaled: times(tf.mul(x, 3), Q),
    h: times(x, H),
    i: times(x, I),
  })
  const all = {...weights, H: stored('bfloat16', 3, 5), I: stored('bfloat16', 4, 6)}
  expect(ops(others, all).filter(op => op === 'Concat' || op === 'Split')).toEqual([])
})

test('in a graph in bfloat16, the stack of large weights is a weight', () => {
  const sixteen = {Q: stored('bfloat16', 5, 1), K: stored('bfloat16', 2, 2), V: stored('bfloat16', 1, 3)}
  const {nodes} = trace(projections, {inputs, weights: sixteen, fuse: true, ...tracing({dynamic: true})})
  expect(nodes.map(({op}) => op)).toEqual(['Cast', 'Gemm', 'Split', 'Cast', 'Cast', 'Tanh', 'Cast'])
  expect(nodes[1].inputs[1]).toMatchObject({dtype: 'bfloat16', shape: [8, 6], stackOf: Object.values(sixteen)})
  const mixed = trace(projections, {
    inputs,
    weights: {...sixteen, K: weights.K},
    fuse: true,
    ...tracing({dynamic: true}),
  })
  expect(mixed.nodes.filter(({op}) => op === 'Gemm')).toHaveLength(2) // the float32 one alone
})

test('joined products give the numbers of the single ones', async () => {
  const [joined, alone] = await Promise.all([
    ONNX.compile(projections, {inputs, weights, prepack: true}),
    JS.compile(projections, {inputs, weights}),
  ])
  const [ours, reference] = [await joined.run({x: x.data}), await alone.run({x: x.data})]
  expect(Object.keys(ours)).toEqual(['q', 'k', 'v'])
  for (const name of Object.keys(ours)) {
    expect(ours[name]).toHaveLength(reference[name].length)
    expect(relativeError(ours[name], reference[name]), name).toBeLessThan(1e-6)
  }
  await Promise.all([joined.dispose(), alone.dispose()])
})
