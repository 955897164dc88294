import {expect, test} from 'vitest'
import {matthews, pearson} from '../evaluate/metrics.ts'
import {random} from '../tensor/random.ts'
import {hasVarianceFormula, itemVariance} from './item-variance.ts'
import {mean, variance} from './mean-variance.ts'

test('the sampling variance of accuracy is p (1 − p) / n, and not 0 at 100 %', () => {
  expect(itemVariance(0.4, 1000)).toBeCloseTo(0.24 / 1000, 5)
  expect(itemVariance(1, 100)).toBeGreaterThan(1e-4)
})

test('macro-F1 and inverse perplexity have no sampling variance without a measured error, and accuracy’s is not used', () => {
  for (const metric of ['macro-f1', 'inverse-perplexity'] as const) {
    expect(itemVariance(0.5, 10, metric)).toBeUndefined()
    expect(itemVariance(0.5, 10, metric, 0.1)).toBeCloseTo(0.01, 12)
  }
})

test('the error of a high perplexity counts, however small it is beside 1', () => {
  expect(itemVariance(1e-4, 80, 'inverse-perplexity', 1e-6)).toBeCloseTo(1e-12, 20)
  expect(itemVariance(1e-4, 80, 'inverse-perplexity', 1e-11)).toBeUndefined()
})

test('a perfect score of any metric is not certain', () => {
  const least = itemVariance(1, 20)
  for (const score of [1, -1])
    for (const metric of ['pearson', 'matthews'] as const) expect(itemVariance(score, 20, metric)).toBe(4 * least)
  expect(itemVariance(1 - 2 ** -53, 20, 'pearson')).toBeCloseTo(4 * least, 12) // as rounding leaves r of equal values
  expect(itemVariance(0.3, 20, 'inverse-perplexity', 0)).toBeUndefined()
  expect(itemVariance(1, 20, 'macro-f1', 0)).toBe(least)
  expect(itemVariance(0.999, 20, 'pearson')).toBeCloseTo(2e-7, 8)
})

test('the formula for Matthews’ correlation is for two classes with about as many positive labels as CoLA has', () => {
  const of = (positive: number, others = [0]) => {
    const labels = Array.from({length: 100}, (_, i) => (i < positive ? 1 : others[i % others.length]))
    return hasVarianceFormula('matthews', labels)
  }
  expect([64, 65, 74, 75].map(positive => of(positive))).toEqual([false, true, true, false])
  expect(of(69, [0, 2])).toBe(false)
})

test('the sampling variance of Matthews’ and Pearson’s correlations is that of simulated test sets', () => {
  const draws = random(7, 'correlations')
  const positives = sample(() => {
    const labels = Array.from({length: 1043}, () => (draws.uniform() < 721 / 1043 ? 1 : 0))
    const predictions = labels.map(label => {
      const error = label ? 0.09 : 0.09 * (721 / 322) // predictions are positive as often as the labels
      return draws.uniform() < error ? 1 - label : label
    })
    return matthews(predictions, labels)
  })
  expect(itemVariance(positives.mean, 1043, 'matthews') / positives.variance).toBeCloseTo(1, 0.5)
  const values = sample(() => {
    const labels = Array.from({length: 1500}, draws.normal)
    const predictions = labels.map(label => 0.9 * label + Math.sqrt(0.19) * draws.normal())
    return pearson(predictions, labels)
  })
  expect(itemVariance(values.mean, 1500, 'pearson') / values.variance).toBeCloseTo(1, 0.5)
})

function sample(draw: () => number) {
  const values = Array.from({length: 400}, draw)
  return {mean: mean(values), variance: variance(values)!}
}
