import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {pValue} from './behrens-fisher.ts'
import {mean, variance} from './mean-variance.ts'
import {detectableDifference, detectableShift, POWER, power} from './power.ts'

// Simulated with 20,000 draws each by another program: reference seeds, new seeds, α, power at −2 and at −3 sd.
test.each([
  [5, 3, 0.05, 0.73, 0.95],
  [5, 3, 0.01, 0.33, 0.65],
  [10, 3, 0.01, 0.6, 0.93],
  [20, 1, 0.01, 0.31, 0.65],
  [20, 3, 0.01, 0.75, 0.98],
  [20, 5, 0.01, 0.92, 1],
  [20, 3, 0.001, 0.4, 0.87],
])(
  '%i reference seeds and %i new ones at α = %f detect a drop of 2 sd with %f, of 3 sd with %f',
  (reference, fresh, alpha, two, three) => {
    const judging = {reference, fresh, alpha}
    if (alpha >= 0.01) expect(power(2, judging)).toBeCloseTo(two, 1.4)
    expect(power(3, judging)).toBeCloseTo(three, 1.4)
  },
)

test('a mean that has not fallen is reported as fallen with probability α', () => {
  expect(power(0, {reference: 20, fresh: 3, alpha: 0.01})).toBeCloseTo(0.01, 4)
})

// scipy 1.17: nct.sf(t.ppf(1 - α, r - 1), r - 1, shift / √(1/r + 1/k)) of r reference seeds and k new ones
test.each([
  [2, 3, 0.01, 0.04, 0.0105587],
  [2, 3, 0.001, 1.01, 0.00294316],
  [2, 5, 0.001, 2.43, 0.00728149],
  [3, 3, 0.001, 5, 0.0740426],
])(
  '%i reference seeds and %i new ones at α = %f detect a drop of %f sd with power %f',
  (reference, fresh, alpha, shift, right) => {
    expect(power(shift, {reference, fresh, alpha}) / right).toBeCloseTo(1, 4)
  },
)

test('a detectable fall is detected with power 0.8: 2.1 sd by 20 reference seeds and 3 new ones at α = 0.01', () => {
  const judging = {reference: 20, fresh: 3, alpha: 0.01}
  expect(detectableShift(judging)).toBeCloseTo(2.11, 2)
  expect(power(detectableShift(judging), judging)).toBeCloseTo(POWER, 4)
})

test.each([
  [2, 0.02],
  [3, 0.02],
  [3, 0.01],
  [5, 0.02],
])('a detectable difference of %i seeds with sd %f is detected in 80 of 100 simulated reports', (k, sd) => {
  const items = 2 * 0.0137 ** 2 // both sides answer 1,319 items
  const draws = random(5, `${k} ${sd}`)
  const difference = detectableDifference({items, seeds: sd ** 2 * (1 + 1 / k), degrees: k - 1}, 0.01)
  const [cases, noise] = [1500, 2.6 * Math.sqrt((POWER * (1 - POWER)) / 1500)]
  let found = 0
  for (let i = 0; i < cases; i++) {
    const scores = Array.from({length: k}, () => sd * draws.normal())
    const apart = difference + Math.sqrt(items) * draws.normal() + mean(scores) - sd * draws.normal()
    if (pValue(apart, {items, seeds: variance(scores)! * (1 + 1 / k), degrees: k - 1}) < 0.01) found++
  }
  expect(Math.abs(found / cases - POWER)).toBeLessThan(noise)
})

test('with a single seed a smaller difference is detectable than with two or three: 6.6 instead of 70.7 and 15.3 points', () => {
  const items = 2 * 0.01357 ** 2
  const of = (k: number) =>
    detectableDifference(
      {items, seeds: k === 1 ? 0 : (k === 2 ? 0.00707 : 0.01) ** 2 * (1 + 1 / k), degrees: k - 1},
      0.01,
    )
  expect([1, 2, 3].map(k => (100 * of(k)).toFixed(1))).toEqual(['6.6', '70.7', '15.3'])
})
