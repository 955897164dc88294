import {expect, test} from 'vitest'
import {type Tensor2D, tf} from '../../tensor/tf.ts'
import type {Step, Stored, StoredDType} from '../program.ts'
import {stepCost} from './step-cost.ts'

const [ROWS, N] = [128, 256]
const inputs = {x: {dtype: 'float32', shape: [ROWS, N]}} as const
const step: Step = ({x}, {a, b}) => ({y: tf.matMul(tf.relu(tf.matMul(x as Tensor2D, a)), b)})

const weight = (dtype: StoredDType, width: number): Stored => ({
  dtype,
  shape: [N, N],
  at: {file: '/', offset: 0, bytes: width * N * N},
})

test('bfloat16 matrices of a file are mapped, others are converted, and unread ones cost nothing', () => {
  const weights = {a: weight('bfloat16', 2), b: weight('float32', 4), unread: weight('bfloat16', 2)}
  expect(stepCost(step, {inputs, weights})).toMatchObject({
    frozenBytes: 2 * N * N,
    convertedBytes: 2 * N * N,
    flops: 2 * 2 * ROWS * N * N,
  })
  const inMemory = {...weights, a: {...weights.b, at: {data: new Float32Array(N * N)}}}
  expect(stepCost(step, {inputs, weights: inMemory})).toMatchObject({frozenBytes: 0, convertedBytes: 4 * N * N})
})

test('intermediate results take two bytes an entry, and those of more rows more', () => {
  const weights = {a: weight('bfloat16', 2), b: weight('bfloat16', 2)}
  const bytes = (rows: number) =>
    stepCost(step, {inputs: {x: {dtype: 'float32', shape: [rows, N]}}, weights}).workingBytes
  const perRow = (bytes(1000 * ROWS) - bytes(ROWS)) / (999 * ROWS)
  expect(perRow).toBeGreaterThan(2 * 2 * N)
  expect(perRow).toBeLessThan(3 * 2 * N)
})
