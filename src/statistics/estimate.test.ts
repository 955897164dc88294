import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {estimate} from './estimate.ts'
import {itemVariance} from './item-variance.ts'
import {mean} from './mean-variance.ts'

test('one seed has Wilson’s interval, which stays between 0 and 1', () => {
  const of = (score: number, n: number) => estimate({scores: [score], itemVariance: itemVariance(score, n), n})
  expect(of(0.5, 100)).toMatchObject({
    mean: 0.5,
    seeds: 1,
    low: expect.closeTo(0.4038, 4),
    high: expect.closeTo(0.5962, 4),
  })
  expect(of(0, 10)).toMatchObject({low: 0, high: expect.closeTo(0.2775, 4)})
  expect(of(1, 10).high).toBe(1)
  expect(of(0.5, 100).sd).toBeUndefined()
})

test('several seeds have a t interval, wider by the sampling error of items', () => {
  const scores = [0.4, 0.42, 0.44]
  const seeds = estimate({scores, itemVariance: 0, n: 1000})
  expect(seeds).toMatchObject({mean: expect.closeTo(0.42, 12), sd: expect.closeTo(0.02, 12), seeds: 3})
  expect(seeds.high - seeds.mean).toBeCloseTo((4.302653 * 0.02) / Math.sqrt(3), 6)
  const both = estimate({scores, itemVariance: itemVariance(0.42, 1000), n: 1000})
  expect(both.high - both.low).toBeGreaterThan(1.96 * 2 * Math.sqrt(0.42 * 0.58 * 1e-3))
  expect(estimate({scores: [0.1, 0.9], itemVariance: 0, n: 10})).toMatchObject({low: 0, high: 1})
})

test('without a known sampling error there is no interval', () => {
  expect(estimate({scores: [0.5], itemVariance: undefined})).toEqual({mean: 0.5, seeds: 1})
  const {sd, ...seeds} = estimate({scores: [0.4, 0.6], itemVariance: undefined})
  expect([seeds, sd]).toEqual([{mean: 0.5, seeds: 2}, expect.closeTo(0.1414, 4)])
})

test('the interval covers the true score in at least 94 of 100 cases', () => {
  const draws = random(1, 'intervals')
  for (const [k, n, truth, sd] of [
    [1, 500, 0.8, 0],
    [2, 1319, 0.6, 0.1],
    [2, 10_000, 0.6, 0.02],
    [3, 1000, 0.6, 0.01],
    [3, 1319, 0.6, 0.1],
    [5, 300, 0.9, 0.02],
  ]) {
    let covered = 0
    for (let i = 0; i < 600; i++) {
      const scores = Array.from({length: k}, () => share(truth + sd * draws.normal(), n, draws.uniform))
      const {low, high} = estimate({scores, itemVariance: itemVariance(mean(scores), n), n})
      covered += low <= truth && truth <= high ? 1 : 0
    }
    expect(covered / 600, `${k} seeds of ${n}`).toBeGreaterThan(0.94)
  }
})

function share(p: number, n: number, uniform: () => number): number {
  let right = 0
  for (let i = 0; i < n; i++) right += uniform() < p ? 1 : 0
  return right / n
}
