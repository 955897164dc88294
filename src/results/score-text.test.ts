import {expect, test} from 'vitest'
import {
  differenceDecimals,
  estimateText,
  formatP,
  formatPerplexity,
  formatSigned,
  meanText,
  perplexityText,
  probabilityText,
} from './score-text.ts'

test('a perplexity has two decimals, or an exponent, and that of a model that predicts nothing is infinite', () => {
  expect([12.345, 5_961_234, Infinity].map(one => formatPerplexity(one))).toEqual(['12.35', '5.96e+6', '∞'])
  expect(perplexityText({mean: 0.1, sd: 0.001, low: 0.08, high: 0.125, seeds: 2})).toBe('10.00 ± 0.10 [8.00, 12.50]')
  expect(perplexityText({mean: 0, sd: 0, low: -0.001, high: 0.002, seeds: 2})).toBe('∞ [500.00, ∞]')
  const large = {mean: 1 / 105_000, sd: 1e-7, low: 1 / 120_000, high: 1 / 92_000, seeds: 2}
  expect(perplexityText(large)).toBe('1.05e+5 ± 1.10e+3 [9.20e+4, 1.20e+5]')
})

test('a difference has one decimal; one of inverse perplexities has two digits of its margin', () => {
  const margins = [0, 0.2, 0.004, 2.8e-4, 3e-9, 1e-30]
  expect(margins.map(margin => differenceDecimals(margin, 'inverse-perplexity'))).toEqual([1, 1, 2, 3, 8, 12])
  expect(margins.map(margin => differenceDecimals(margin, 'accuracy'))).toEqual(margins.map(() => 1))
  expect([0.001, -0.0002, 0].map(share => formatSigned(share, 3))).toEqual(['+0.100', '−0.020', '0.000'])
})

test('a score is in percent, without a deviation for a single seed', () => {
  expect(estimateText({mean: 0.428, low: 0.41, high: 0.446, sd: 0.005, seeds: 3})).toBe('42.8 ± 0.5 [41.0, 44.6]')
  expect(estimateText({mean: 0.428, seeds: 1})).toBe('42.8 [–]')
  expect(meanText([0.4, 0.41])).toBe('40.5 ± 0.7')
  expect(meanText([0.4])).toBe('40.0')
  expect(meanText([0.1, 0.2], 'inverse-perplexity')).toBe('6.67')
})

test('a p-value near the level of its test has as many digits as show on which side it lies', () => {
  const texts = [0.0494, 0.0496, 0.04999, 0.05, 0.0501, 1].map(p => formatP(p, 0.05))
  expect(texts).toEqual(['0.049', '0.0496', '0.04999', '0.050', '0.050', '1.0'])
  expect([0.001, 0.0099, 0.00996].map(p => formatP(p, 0.01))).toEqual(['0.0010', '0.0099', '0.00996'])
})

test('a p-value below 0.001 is not printed in full', () => {
  expect([0.13, 0.001, 0.000999, 3.2e-12, 0].map(p => probabilityText(p, 0.05))).toEqual([
    'p = 0.13',
    'p = 0.0010',
    'p < 0.001',
    'p < 0.001',
    'p < 0.001',
  ])
})
