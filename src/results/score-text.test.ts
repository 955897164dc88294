import {expect, test} from 'vitest'
import {estimateText, formatP, formatPerplexity, perplexityText} from './score-text.ts'

test('a perplexity has two decimals, or an exponent, and that of a model that predicts nothing is infinite', () => {
  expect([12.345, 5_961_234, Infinity].map(formatPerplexity)).toEqual(['12.35', '5.96e+6', '∞'])
  expect(perplexityText({mean: 0.1, sd: 0.001, low: 0.08, high: 0.125, seeds: 2})).toBe('10.00 ± 0.10 [8.00, 12.50]')
  expect(perplexityText({mean: 0, sd: 0, low: -0.001, high: 0.002, seeds: 2})).toBe('∞ [500.00, ∞]')
})

test('a score is in percent, without a deviation for a single seed', () => {
  expect(estimateText({mean: 0.428, low: 0.41, high: 0.446, sd: 0.005, seeds: 3})).toBe('42.8 ± 0.5 [41.0, 44.6]')
  expect(estimateText({mean: 0.428, seeds: 1})).toBe('42.8 [–]')
})

test('a p-value near the level of its test has as many digits as show on which side it lies', () => {
  const fixed = (p: number) => formatP(p, {alpha: 0.05, digits: 3, round: digits => p.toFixed(digits)})
  expect([0.0494, 0.0496, 0.04999, 0.05, 0.0501, 1].map(fixed)).toEqual([
    '0.049',
    '0.0496',
    '0.04999',
    '0.050',
    '0.050',
    '1.000',
  ])
})
