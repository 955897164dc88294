import {expect, test} from 'vitest'
import {fromBfloat16} from '../../base/half.ts'
import '../onnx.ts' // brings the gradients
import type {Tensor, Tensor2D} from '../../tensor/tf.ts'
import {tf} from '../../tensor/tf.ts'
import type {Step} from '../program.ts'
import {trace} from '../trace.ts'
import {FEW_ENTRIES} from './matrices.ts'
import {openRounding, roundOperands} from './rounded-operands.ts'

/** θ holds A (2, 3), B (4, 2) and a bias (4). */
const inputs = {x: {dtype: 'float32', shape: [5, 3]}, theta: {dtype: 'float32', shape: [18]}} as const
const split = (theta: Tensor) => {
  const [a, b, bias] = tf.split(theta, [6, 8, 4], 0)
  return {A: tf.reshape(a, [2, 3]) as Tensor2D, B: tf.reshape(b, [4, 2]) as Tensor2D, bias}
}
const low = (x: Tensor, theta: Tensor) => {
  const {A, B, bias} = split(theta)
  return tf.add(tf.matMul(tf.matMul(x as Tensor2D, A, false, true), B, false, true), bias)
}
const traced = (step: Step, read: Parameters<typeof trace>[1]['inputs'] = inputs) =>
  trace(step, {inputs: read, weights: {}, partsFrom: 1, rewrite: roundOperands})
const types = (step: Step) => traced(step).inputs.theta.map(({value}) => [value.dtype, value.shape.length])

test('matrices that only products read are inputs in bfloat16, upcast once for the forward and the backward pass', () => {
  const step: Step = ({x, theta}) => ({grad: tf.grad((t: Tensor) => tf.sum(tf.square(low(x, t))))(theta)})
  expect(types(step)).toEqual([
    ['bfloat16', 2],
    ['bfloat16', 2],
    ['float32', 1],
  ])
  const {nodes, ends} = traced(step)
  expect(nodes.filter(({op}) => op === 'Cast')).toHaveLength(2)
  expect(ends.inputs.filter(({dtype}) => dtype === 'bfloat16')).toHaveLength(2)
})

test('a matrix that another op reads too stays in float32, as its sum with a product does', () => {
  expect(types(({x, theta}) => ({y: low(x, theta), z: tf.tanh(split(theta).A)}))).toEqual([
    ['float32', 2],
    ['bfloat16', 2],
    ['float32', 1],
  ])
  const added = {x: {dtype: 'float32', shape: [5, 3]}, theta: {dtype: 'float32', shape: [9 + 15]}} as const
  const step: Step = ({x, theta}) => {
    const [a, b] = tf.split(theta, [9, 15], 0)
    return {y: tf.add(tf.matMul(x as Tensor2D, tf.reshape(a, [3, 3]) as Tensor2D), tf.reshape(b, [5, 3]))}
  }
  const ofShape = traced(step, added).inputs.theta.map(({value}) => `${value.dtype} ${value.shape}`)
  expect(ofShape.toSorted()).toEqual(['bfloat16 3,3', 'float32 5,3'])
})

test('large matrices, and inputs that are no parts, stay in float32', () => {
  const typesOf = (rows: number) => {
    const sizes = [3 * rows, 1]
    const read = {A: {dtype: 'float32', shape: [3, 3]}, theta: {dtype: 'float32', shape: [3 * rows + 1]}} as const
    const step: Step = ({A, theta}) => {
      const [w, rest] = tf.split(theta, sizes, 0)
      const product = tf.matMul(tf.reshape(w, [rows, 3]) as Tensor2D, A as Tensor2D)
      return {y: tf.add(product, rest)}
    }
    return traced(step, read).ends.inputs.map(({dtype}) => dtype)
  }
  expect(typesOf(Math.floor((FEW_ENTRIES - 1) / 3))).toEqual(['float32', 'bfloat16', 'float32'])
  expect(typesOf(Math.ceil(FEW_ENTRIES / 3))).toEqual(['float32', 'float32', 'float32'])
})

test('each part is rounded into an array of its own, which the next run fills again', () => {
  const round = openRounding()
  const part = (name: string, ...values: number[]) =>
    ({name, dtype: 'float32', shape: [values.length], data: Float32Array.from(values)}) as const
  const first = round(part('a', 1, 1 + 2 ** -9))
  expect(first).toMatchObject({name: 'a', dtype: 'bfloat16', shape: [2]})
  expect([...fromBfloat16(first.data as Uint16Array)]).toEqual([1, 1])
  expect(round(part('b', 3, 4)).data).not.toBe(first.data)
  expect(round(part('a', 5, 6)).data).toBe(first.data)
  expect([...fromBfloat16(first.data as Uint16Array)]).toEqual([5, 6])
})
