import {readdirSync, readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {learningRate, type Schedule} from './schedule.ts'

const goldens = new URL('../../test/goldens/schedules/', import.meta.url)
const cases = readdirSync(goldens)

test('there are 13 schedules of Hugging Face to compare with', () => {
  expect(cases).toHaveLength(13)
})

test.each(cases)('the rate of every step is Hugging Face’s: %s', name => {
  const golden: Schedule & {expected: number[]; tolerance: {lr: number}} = JSON.parse(
    readFileSync(new URL(`${name}/case.json`, goldens), 'utf8'),
  )
  golden.expected.forEach((expected, step) => {
    const off = Math.abs(learningRate(step, golden) - expected)
    expect(off, `step ${step}`).toBeLessThanOrEqual(golden.tolerance.lr * expected)
  })
})

test('a constant schedule stays at its rate after the warm-up', () => {
  const rates = [0, 1, 2, 3, 4, 9].map(step => learningRate(step, {schedule: 'constant', lr: 0.5, warmup: 4, total: 5}))
  expect(rates).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.5])
})

test('the paper’s math schedule warms up over 125 of 1250 steps and falls to almost 0', () => {
  const math: Schedule = {schedule: 'cosine', lr: 0.05, warmup: 125, total: 1250}
  expect(learningRate(0, math)).toBe(0)
  expect(learningRate(125, math)).toBe(0.05)
  expect(learningRate(1249, math)).toBeCloseTo(0.05 * 0.5 * (1 + Math.cos((Math.PI * 1124) / 1125)), 12)
})
