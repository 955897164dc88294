import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {pooledVariance, upperBetaTail, varianceOfDifference, varianceOfMean} from './seed-variance.ts'

test('the upper tail of the beta distribution has its closed forms', () => {
  for (const x of [0, 0.01, 0.3, 0.99, 1]) {
    expect(upperBetaTail(x, 1, 7)).toBeCloseTo((1 - x) ** 7, 8)
    expect(upperBetaTail(x, 0.5, 0.5)).toBeCloseTo(1 - (2 / Math.PI) * Math.asin(Math.sqrt(x)), 8)
  }
  expect(upperBetaTail(0.9, 3, 40)).toBeLessThan(1e-30)
})

test('the variance between seeds is pooled over methods with several seeds', () => {
  const outlier = Number.POSITIVE_INFINITY
  expect(pooledVariance([[0.1], [0.2, 0.4], [0.1, 0.2, 0.3]])).toEqual({
    variance: expect.closeTo(0.04 / 3, 12),
    degrees: 3,
    outlier,
  })
  expect(pooledVariance([[0.1], [0.5]])).toEqual({variance: 0, degrees: 0, outlier})
  expect(
    pooledVariance([
      [0.1, 0.1],
      [0.5, 0.5],
    ]),
  ).toEqual({variance: 0, degrees: 2, outlier})
})

/** Three seeds of a method, with a mean of 0.7. */
const three = (sd: number) => [0.7 - sd, 0.7, 0.7 + sd]

test('a method with one failed seed is an outlier: it leaves the pool, and keeps its own variance and degrees of freedom', () => {
  const failed = [0.78, 0.12, 0.81]
  const others = [0.01, 0.012, 0.02, 0.015, 0.03, 0.008].map(three)
  const pooled = pooledVariance([failed, ...others])
  expect(pooled).toMatchObject({variance: pooledVariance(others).variance, degrees: 12})
  expect(varianceOfMean(failed, pooled)).toEqual({seeds: expect.closeTo(0.1521 / 3, 5), degrees: 2})
  expect(varianceOfMean(others[0], pooled)).toEqual({seeds: pooled.variance / 3, degrees: 12})
  expect(varianceOfDifference(others[0], others[1], {pooled}).degrees).toBe(12)
  const {seeds, degrees} = varianceOfDifference(failed, others[0], {pooled})
  expect(seeds).toBeCloseTo(0.0508, 3)
  expect(degrees).toBeGreaterThan(2)
  expect(degrees).toBeLessThan(2.1) // as good as the failed method alone
})

test('a method that varies is no outlier among methods whose seeds tie, even in rounding, so the pool is not 0', () => {
  const tied = [0.8, 0.8, 0.8]
  const rounded = [(0.8 + 0.6) / 2, (0.7 + 0.7) / 2, 0.8 - 0.1]
  const varied = [0.6, 0.7, 0.8]
  for (const others of [[tied], [rounded], [tied, rounded, tied]]) {
    const pooled = pooledVariance([...others, varied])
    const degrees = 2 * (others.length + 1)
    expect(pooled).toEqual({variance: expect.closeTo(0.02 / degrees, 12), degrees, outlier: Number.POSITIVE_INFINITY})
  }
})

test('methods of equal variance have an outlier in 1 of 100 suites at most, and a method with ten times the deviation nearly always', () => {
  const draws = random(3, 'outliers')
  const method = (sd: number) => Array.from({length: 3}, () => 0.7 + sd * draws.normal())
  let [wrong, found] = [0, 0]
  for (let i = 0; i < 1000; i++) {
    const equal = Array.from({length: 8}, () => method(0.01))
    if (pooledVariance(equal).outlier < Infinity) wrong++
    if (pooledVariance([method(0.1), ...equal.slice(1)]).outlier < Infinity) found++
  }
  expect(wrong).toBeLessThanOrEqual(16) // 1 % of 1,000 and two standard errors
  expect(found).toBeGreaterThan(850)
})
