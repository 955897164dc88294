import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {accuracy, jackknifeError, METRICS, macroF1, matthews, pearson, pseudoValues} from './metrics.ts'

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
  expect(jackknifeError('macro-f1', predictions, labels)).toBeCloseTo(Math.sqrt(variance), 14)
  expect(jackknifeError('macro-f1', [0], [0])).toBeUndefined()
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

test('pseudo-values of accuracy are 1 for right and 0 for wrong items', () => {
  const values = pseudoValues('accuracy', [0, 1, 2, 1], [0, 1, 1, 1])
  for (const [i, right] of [1, 1, 0, 1].entries()) expect(values[i]).toBeCloseTo(right, 12)
})

test('means of pseudo-values over resampled items vary with the metric of these items', () => {
  const draws = random(4, 'pseudo-values')
  const n = 400
  const values = Array.from({length: n}, draws.normal)
  const classes = values.map(value => (value > 0.4 ? 1 : 0))
  const noisy = (spread: number) => values.map(value => 0.8 * value + spread * draws.normal())
  for (const metric of ['pearson', 'matthews', 'macro-f1'] as const) {
    const [labels, predictions] =
      metric === 'pearson' ? [values, noisy(0.5)] : [classes, noisy(0.5).map(value => (value > 0.3 ? 1 : 0))]
    const contributions = pseudoValues(metric, predictions, labels)
    const score = METRICS[metric](predictions, labels)
    expect(contributions.reduce((sum, value) => sum + value, 0) / n).toBeCloseTo(score, 2)
    const [means, scores]: [number[], number[]] = [[], []]
    for (let sample = 0; sample < 200; sample++) {
      const drawn = Array.from({length: n}, () => draws.int(n))
      means.push(drawn.reduce((sum, i) => sum + contributions[i], 0) / n)
      scores.push(
        METRICS[metric](
          drawn.map(i => predictions[i]),
          drawn.map(i => labels[i]),
        ),
      )
    }
    expect(pearson(means, scores), metric).toBeGreaterThan(0.99)
  }
})
