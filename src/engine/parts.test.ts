import {afterAll, expect, test} from 'vitest'
import {normals} from '../../test/models/adapters.ts'
import {ONNX} from '../../test/models/engines.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import './onnx.ts' // brings the gradients
import {PARTS_FROM} from './parts.ts'
import type {Program, Step} from './program.ts'
import {trace} from './trace.ts'

/** A loss of a matrix and a vector, which are one after the other in θ, and its gradient. */
const stepOf = (rows: number, columns: number, bias: number): Step => {
  const loss = (theta: Tensor) => {
    const [w, b] = tf.split(theta, [rows * columns, bias], 0)
    const matrix = tf.reshape(w, [rows, columns])
    return tf.add(tf.mean(tf.tanh(matrix)), tf.sum(tf.square(b)))
  }
  return ({theta}) => {
    const {value, grad} = tf.valueAndGrad(loss)(theta)
    return {loss: tf.reshape(value, [1]), grad}
  }
}

const programs: Program[] = []
afterAll(async () => {
  for (const program of programs) await program.dispose()
})

test('a long vector is taken and returned in parts, in the shapes in which they are computed', () => {
  const inputs = {theta: {dtype: 'float32', shape: [8]}} as const
  const traced = trace(stepOf(2, 3, 2), {inputs, weights: {}, partsFrom: 8})
  const places = traced.inputs.theta.map(({value, from, to}) => ({shape: value.shape, from, to}))
  expect(places).toEqual([
    {shape: [2, 3], from: 0, to: 6},
    {shape: [2], from: 6, to: 8},
  ])
  expect(traced.outputs.loss).toHaveLength(1)
  const shapes = new Map(traced.outputs.grad.map(({value, from, to}) => [`${from} to ${to}`, value.shape]))
  expect(shapes).toEqual(
    new Map([
      ['0 to 6', [2, 3]],
      ['6 to 8', [2]],
    ]),
  )
  expect(traced.nodes.map(({op}) => op)).not.toContain('Split')
  expect(traced.nodes.map(({op}) => op)).not.toContain('Concat')
  expect(traced.ends.outputs).toHaveLength(3)
})

test('parts of an output are in the order in which they are computed', () => {
  const inputs = {x: {dtype: 'float32', shape: [3]}} as const
  const step: Step = ({x}) => {
    const first = tf.exp(x)
    return {y: tf.concat([tf.tanh(first), first, x])}
  }
  const {y} = trace(step, {inputs, weights: {}, partsFrom: 1}).outputs
  expect(y.map(({from, to}) => [from, to])).toEqual([
    [3, 6],
    [0, 3],
    [6, 9], // x itself, which is copied at the end
  ])
})

test('a vector shorter than that is taken and returned whole', () => {
  const inputs = {theta: {dtype: 'float32', shape: [8]}} as const
  const {inputs: taken, outputs, nodes} = trace(stepOf(2, 3, 2), {inputs, weights: {}, partsFrom: 9})
  expect([taken.theta, outputs.grad].map(parts => parts.map(({from, to}) => [from, to]))).toEqual([[[0, 8]], [[0, 8]]])
  expect(nodes.map(({op}) => op)).toEqual(expect.arrayContaining(['Split', 'Concat']))
})

test('an input that is read whole as well, and parts that are no node or another output, are right too', async () => {
  const inputs = {theta: {dtype: 'float32', shape: [PARTS_FROM]}} as const
  const theta = normals([PARTS_FROM], random(1)).data
  const half = PARTS_FROM / 2
  const step: Step = ({theta}) => {
    const [a, b] = tf.split(theta, 2)
    const negated = tf.neg(a)
    return {y: tf.concat([b, negated]), again: tf.concat([negated, negated]), sum: tf.reshape(tf.sum(theta), [1])}
  }
  const program = await ONNX.compile(step, {inputs, weights: {}, results: new Map()})
  programs.push(program)
  const {y, again, sum} = await program.run({theta})
  const negated = theta.subarray(0, half).map(value => -value)
  expect(Buffer.compare(bytes(y), Buffer.concat([bytes(theta.subarray(half)), bytes(negated)]))).toBe(0)
  expect(Buffer.compare(bytes(again), Buffer.concat([bytes(negated), bytes(negated)]))).toBe(0)
  expect(sum[0] / theta.reduce((total, value) => total + value, 0)).toBeCloseTo(1, 3)
})

test('programs compute the same with vectors in parts, in buffers that they share', async () => {
  const size = PARTS_FROM + 3
  const inputs = {theta: {dtype: 'float32', shape: [size]}} as const
  const results = new Map<string, ArrayBuffer>()
  const step = stepOf(2 ** 11, 2 ** 11, 3)
  const [whole, first, second] = [
    await ONNX.compile(step, {inputs, weights: {}}),
    await ONNX.compile(step, {inputs, weights: {}, results}),
    await ONNX.compile(step, {inputs, weights: {}, results}),
  ]
  programs.push(whole, first, second)
  const theta = normals([size], random(2)).data
  const expected = await whole.run({theta})
  const {loss, grad} = await first.run({theta})
  expect(loss).toEqual(expected.loss)
  expect(bytes(grad).equals(bytes(expected.grad))).toBe(true)
  expect(grad[size - 1]).toBeCloseTo(2 * theta[size - 1], 6)

  const {grad: zero} = await second.run({theta: new Float32Array(size)})
  expect(zero.buffer).toBe(grad.buffer)
  expect(grad[size - 1]).toBe(0)
})

const bytes = ({buffer, byteOffset, byteLength}: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength)
