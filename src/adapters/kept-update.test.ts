import {expect, test} from 'vitest'
import {fromBfloat16, fromFloat16, toBfloat16, toFloat16} from '../base/half.ts'
import type {Stored} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {lossText, measureKept} from './kept-update.ts'

const GRIDS = {
  bfloat16: (values: Float32Array) => fromBfloat16(toBfloat16(values)),
  float16: (values: Float32Array) => fromFloat16(toFloat16(values)),
  float32: (values: Float32Array) => values,
}

/** What is left of normal changes of normal weights, in the share of a weight's size. */
async function keptOf(dtype: keyof typeof GRIDS, change: number, grid: keyof typeof GRIDS = dtype): Promise<number> {
  const draw = random(1)
  const before = GRIDS[grid](Float32Array.from({length: 50_000}, () => draw.normal()))
  const after = before.map(value => value + change * draw.normal())
  const start: Stored = {dtype: 'float32', shape: [50_000], at: {data: before}}
  const {tensors, kept} = measureKept({w: {dtype, shape: [50_000], data: async () => after}}, {w: start})
  const {data} = tensors.w
  expect(typeof data === 'function' && (await data())).toBe(after)
  return kept()
}

test('of changes below half a step of bfloat16 little is left in weights that were published in it', async () => {
  expect(await keptOf('bfloat16', 3e-4)).toBeLessThan(0.5)
  expect(await keptOf('bfloat16', 1e-3)).toBeLessThan(0.9)
  expect(await keptOf('bfloat16', 3e-2)).toBeCloseTo(1, 2)
  expect(await keptOf('float16', 3e-4)).toBeGreaterThan(0.8) // its steps are an eighth
})

test('nothing is lost on average in float32, or from weights between the steps', async () => {
  expect(await keptOf('float32', 1e-6)).toBe(1)
  expect(await keptOf('bfloat16', 1e-3, 'float32')).toBeCloseTo(1, 1)
})

test('a change is lost that rounds to the same step, also from between the steps', async () => {
  const start: Stored = {dtype: 'float32', shape: [1], at: {data: Float32Array.of(1.001)}}
  const {tensors, kept} = measureKept(
    {w: {dtype: 'bfloat16', shape: [1], data: async () => Float32Array.of(1.0015)}},
    {w: start},
  )
  const {data} = tensors.w
  if (typeof data === 'function') await data()
  expect(kept()).toBe(0)
})

test('a loss is named once it is more than a twentieth', async () => {
  expect(lossText(0.951)).toBeUndefined()
  expect(lossText(0.629)).toMatch(/^keep only 62 % of what training changed/)
  expect(lossText(await keptOf('float16', 1e6))).toBe('are beyond the range of their format')
})

test('tensors that did not exist before, or are not computed, are left as they are', async () => {
  const tensors = {head: {dtype: 'bfloat16', shape: [2], data: async () => Float32Array.of(1, 2)}} as const
  const {tensors: same, kept} = measureKept(tensors, {})
  expect(same).toEqual(tensors)
  expect(kept()).toBe(1)
})
