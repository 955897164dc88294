import {expect, test} from 'vitest'
import {ONNX} from '../../test/models/engines.ts'
import {norm} from '../linalg/norm.ts'
import {random} from '../tensor/random.ts'
import {tf} from '../tensor/tf.ts'
import {BLOCK} from './optimizer.ts'
import {openOptimizer, optimizerThreads} from './optimizer-threads.ts'

const SIZE = 2.5 * BLOCK

/** Numbers of every magnitude, down to the smallest that float32 has. */
function drawn(seed: number): Float32Array {
  const draw = random(seed)
  const array = new Float32Array(SIZE)
  const few = Float32Array.from({length: 997}, () => draw.normal() * 10 ** (draw.int(48) - 45))
  for (let i = 0; i < SIZE; i += few.length) array.set(few.subarray(0, SIZE - i), i)
  return array
}

const bits = (array: Float32Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)

test('sums, norms and updates have the same bits on one thread and on several, denormals included', async () => {
  const session = await ONNX.compile(({x}) => ({y: tf.neg(x)}), {
    inputs: {x: {dtype: 'float32', shape: [1]}},
    weights: {},
  })
  await session.dispose() // on this thread, denormals are 0 from here on
  const gradients = [drawn(1), drawn(2)]
  const groups = [
    {from: 0, to: 7, lr: 0.1},
    {from: 7, to: SIZE - 5, lr: 0.01}, // the last five do not train
  ]
  const outcomes = []
  for (const threads of [1, 2, 16]) {
    const optimizer = openOptimizer(SIZE, threads)
    const state = {theta: drawn(3), m: drawn(4), v: drawn(1).map(number => number ** 2)}
    const norms: number[] = []
    let sum = new Float32Array() as Float32Array
    for (const [done, grad] of gradients.entries()) {
      const added = await optimizer.accumulate(grad, {weight: 0.5, done, total: 2})
      expect(added.finite).toBe(true)
      norms.push(added.norm)
      sum = added.sum
    }
    const options = {betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.1, groups, scale: 0.3} as const
    for (const step of [1, 2]) await optimizer.adamw(state, sum, {...options, step})
    await optimizer.close()
    outcomes.push({norms, arrays: [sum, state.theta, state.m, state.v].map(bits)})
  }
  const [one, ...several] = outcomes
  for (const {norms, arrays} of several) {
    expect(norms).toEqual(one.norms)
    for (const [i, array] of arrays.entries()) expect(array.equals(one.arrays[i])).toBe(true)
  }
  const before = bits(drawn(3))
  expect(one.arrays[1].subarray(-20).equals(before.subarray(-20))).toBe(true)
  expect(one.arrays[1].subarray(0, -20).equals(before.subarray(0, -20))).toBe(false)
})

test('a single gradient becomes the sum, and of several neither the gradients nor the number of sums matters', async () => {
  const optimizer = openOptimizer(3, 2)
  const single = Float32Array.of(1, -2, 3)
  const {sum, norm: of} = await optimizer.accumulate(single, {weight: 2, done: 0, total: 1})
  expect(sum).toBe(single)
  expect([...sum]).toEqual([2, -4, 6])
  expect(of).toBe(norm(sum))
  for (let step = 0; step < 2; step++) {
    const [first, second] = [Float32Array.of(1, 2, 3), Float32Array.of(10, 20, 30)]
    await optimizer.accumulate(first, {weight: 1, done: 0, total: 2})
    const {sum} = await optimizer.accumulate(second, {weight: 3, done: 1, total: 2})
    expect([...sum]).toEqual([31, 62, 93])
    expect([...first, ...second]).toEqual([1, 2, 3, 10, 20, 30])
  }
  await optimizer.close()
})

test.each([0, 1.2 * BLOCK, SIZE - 1])('a number that is not finite is found by every thread: at %d', async at => {
  const optimizer = openOptimizer(SIZE, 3)
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const grad = new Float32Array(SIZE)
    grad[Math.floor(at)] = value
    expect((await optimizer.accumulate(grad, {weight: 1, done: 0, total: 1})).finite).toBe(false)
  }
  await optimizer.close()
})

test('each thread has a block, and there are at most eight', () => {
  const threadsFor = (size: number) => [1, 2, 64].map(threads => optimizerThreads(size, threads))
  expect(threadsFor(1)).toEqual([1, 1, 1])
  expect(threadsFor(BLOCK + 1)).toEqual([1, 2, 2])
  expect(threadsFor(100 * BLOCK)).toEqual([1, 2, 8])
})

test('an update before the first sum is of all ranges too', async () => {
  const optimizer = openOptimizer(SIZE, 2)
  const state = {theta: new Float32Array(SIZE), m: new Float32Array(SIZE), v: new Float32Array(SIZE)}
  const options = {betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, scale: 1, step: 1} as const
  await optimizer.adamw(state, new Float32Array(SIZE).fill(2), {...options, groups: [{from: 0, to: SIZE, lr: 0.5}]})
  await optimizer.close()
  expect(state.theta.every(value => Math.abs(value + 0.5) < 1e-6)).toBe(true)
})

test('what fails on another thread fails here', async () => {
  const optimizer = openOptimizer(SIZE, 2)
  const state = {theta: new Float32Array(SIZE), m: new Float32Array(SIZE), v: new Float32Array(SIZE)}
  const options = {betas: undefined as never, eps: 1e-8, weightDecay: 0, scale: 1, step: 1, groups: []}
  const grad = new Float32Array(SIZE)
  await optimizer.accumulate(grad, {weight: 1, done: 0, total: 1})
  await expect(optimizer.adamw(state, grad, options)).rejects.toThrow()
  await optimizer.close()
})
