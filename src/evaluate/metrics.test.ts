import {expect, test} from 'vitest'
import {accuracy, macroF1, macroF1Error, matthews, pearson} from './metrics.ts'

test('accuracy is the share of labels that were predicted', () => {
  expect(accuracy([0, 1, 2, 1], [0, 1, 1, 1])).toBe(0.75)
  expect(accuracy([NaN], [NaN])).toBe(0)
  expect(accuracy([], [])).toBeNaN()
})

test('Matthews correlation is 1 for the labels, −1 for their opposite', () => {
  expect(matthews([0, 1, 1, 0], [0, 1, 1, 0])).toBe(1)
  expect(matthews([1, 0, 0, 1], [0, 1, 1, 0])).toBe(-1)
  expect(matthews([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0)
})

test('Matthews correlation of three classes is scikit-learn’s', () => {
  expect(matthews([0, 2, 2, 1, 0, 1], [0, 1, 2, 1, 0, 2])).toBeCloseTo(0.5, 15)
  expect(matthews([7, -1, 7], [7, -1, -1])).toBeCloseTo(0.5, 15)
})

test('Matthews correlation with one class alone is 0, of nothing not defined', () => {
  expect(matthews([1, 1, 1], [0, 1, 1])).toBe(0)
  expect(matthews([1], [1])).toBe(0)
  expect(matthews([], [])).toBeNaN()
})

test('macro F1 is scikit-learn’s', () => {
  expect(macroF1([0, 2, 2, 1, 0, 1], [0, 1, 2, 1, 0, 2])).toBeCloseTo((1 + 0.5 + 0.5) / 3, 15)
  expect(macroF1([1, 1, 1, 1], [0, 0, 1, 1])).toBeCloseTo((0 + 2 / 3) / 2, 15)
  expect(macroF1([], [])).toBeNaN()
})

test('the jackknife of macro F1 leaves out each example', () => {
  const [predictions, labels] = [
    [0, 2, 2, 1, 0, 1, 1],
    [0, 1, 2, 1, 0, 2, 1],
  ]
  const without = labels.map((_, i) => macroF1(predictions.toSpliced(i, 1), labels.toSpliced(i, 1)))
  const mean = without.reduce((sum, value) => sum + value, 0) / 7
  const variance = (6 / 7) * without.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  expect(macroF1Error(predictions, labels)).toBeCloseTo(Math.sqrt(variance), 14)
  expect(macroF1Error([0], [0])).toBeUndefined()
})

test('Pearson correlation does not see scale and offset', () => {
  expect(pearson([1, 2, 3, 5], [10, 20, 30, 50])).toBeCloseTo(1, 15)
  expect(pearson([1, 2, 4], [-1e4, -2e4, -4e4])).toBeCloseTo(-1, 15)
  expect(pearson([1e200, 2e200, 4e200], [1, 2, 4])).toBeCloseTo(1, 15)
})

test('Pearson correlation of two pairs is a sign', () => {
  expect(pearson([0.1, 0.3], [2, 7])).toBe(1)
  expect(pearson([0.1, 0.3], [7, 2])).toBe(-1)
})

test('Pearson correlation of constants, NaN or one pair is not defined', () => {
  expect(pearson([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN()
  expect(pearson([1, 2, 3], [0.1, 0.1, 0.1])).toBeNaN()
  expect(pearson([1, NaN, 3], [1, 2, 3])).toBeNaN()
  expect(pearson([1], [1])).toBeNaN()
  expect(pearson([], [])).toBeNaN()
})

test('Pearson correlation of long, nearly constant lists is as scipy rounds it', () => {
  // scipy 1.17: pearsonr([0.1 + (i % 7) * 2**-56 for i in range(1000)], [(i * i) % 11 for i in range(1000)])
  const predictions = Array.from({length: 1000}, (_, i) => 0.1 + (i % 7) * 2 ** -56)
  const labels = Array.from({length: 1000}, (_, i) => (i * i) % 11)
  expect(pearson(predictions, labels)).toBeCloseTo(0.0014243953773547997, 15)
})
