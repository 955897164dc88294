import {expect, test} from 'vitest'
import {tf} from '../tensor/tf.ts'
import {graphCost} from './graph-cost.ts'
import type {Step} from './program.ts'
import {trace} from './trace.ts'

const work = (step: Step, shapes: Readonly<Record<string, readonly number[]>>) => {
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, {dtype: 'float32', shape} as const]),
  )
  return graphCost(trace(step, {inputs, weights: {}}).nodes)
}

test.each([
  [false, false, [3, 5], [5, 7]],
  [true, false, [5, 3], [5, 7]],
  [false, true, [3, 5], [7, 5]],
] as const)('a product, transposed %s and %s, takes two operations a number of its sums', (ta, tb, a, b) => {
  const step: Step = ({a, b}) => ({c: tf.matMul(a, b, ta, tb)})
  expect(work(step, {a, b})).toEqual({flops: 2 * 3 * 5 * 7, movedBytes: 0, kernels: 1})
})

test('a batch of products takes that for each', () => {
  const step: Step = ({a, b}) => ({c: tf.matMul(a, b, false, true)})
  expect(work(step, {a: [2, 4, 3, 5], b: [2, 4, 7, 5]}).flops).toBe(8 * 2 * 3 * 5 * 7)
})

test('other nodes read and write, but for those that only give another shape', () => {
  const step: Step = ({a, b}) => ({c: tf.reshape(tf.add(a, b), [6])})
  expect(work(step, {a: [2, 3], b: [2, 3]})).toEqual({flops: 0, movedBytes: 3 * 4 * 6, kernels: 1})
})
