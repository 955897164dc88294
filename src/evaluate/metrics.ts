import {sum} from '../base/collections.ts'
import {variance} from '../statistics/mean-variance.ts'
import type {ClassMetric} from '../tasks/task.ts'

export type Metric = (predictions: readonly number[], labels: readonly number[]) => number

/** The share of predictions that are their label; NaN where there are none (scikit-learn's accuracy_score). */
export function accuracy(predictions: readonly number[], labels: readonly number[]): number {
  return correct(predictions, labels) / labels.length
}

/**
 * Matthews' correlation of two classifications into any number of classes (Gorodkin 2004, scikit-learn's
 * matthews_corrcoef): −1 … 1, 0 where either names one class only, NaN where there are none. CoLA's metric.
 */
export function matthews(predictions: readonly number[], labels: readonly number[]): number {
  const n = labels.length
  if (n === 0) return NaN
  const [predicted, actual] = [tally(predictions), tally(labels)]
  const spread = (n ** 2 - dot(predicted, predicted)) * (n ** 2 - dot(actual, actual))
  return spread === 0 ? 0 : (correct(predictions, labels) * n - dot(predicted, actual)) / Math.sqrt(spread)
}

/** The mean over the classes that are labels or predictions of their F1 = 2 TP / (2 TP + FP + FN) (scikit-learn's f1_score, macro). */
export function macroF1(predictions: readonly number[], labels: readonly number[]): number {
  const [predicted, actual] = [tally(predictions), tally(labels)]
  const right = tally(labels.filter((label, i) => label === predictions[i]))
  const classes = [...new Set([...predicted.keys(), ...actual.keys()])]
  const f1 = (name: number) => (2 * (right.get(name) ?? 0)) / ((predicted.get(name) ?? 0) + (actual.get(name) ?? 0))
  return sum(classes.map(f1)) / classes.length
}

/**
 * What each item contributes to a metric, in scores whose mean is about the metric: the jackknife's pseudo-values
 * n θ − (n − 1) θ₍ᵢ₎, where θ₍ᵢ₎ leaves out item i (Tukey 1958); of an accuracy 1 and 0. Pearson's correlation takes its
 * influence function instead, which does not need n correlations: r + x y − r (x² + y²) / 2 of standardized x and y
 * (Devlin, Gnanadesikan and Kettenring 1975). NaN where the metric is.
 */
export function pseudoValues(
  metric: ClassMetric,
  predictions: readonly number[],
  labels: readonly number[],
): Float64Array {
  const n = labels.length
  const score = METRICS[metric](predictions, labels)
  if (metric === 'pearson') {
    const [x, y] = [standard(predictions), standard(labels)]
    return Float64Array.from(x, (value, i) => score + n * (value * y[i] - (score * (value ** 2 + y[i] ** 2)) / 2))
  }
  const known = new Map<string, number>() // items with equal labels and predictions contribute the same
  return Float64Array.from(labels, (label, i) => {
    const key = `${label} ${predictions[i]}`
    const value =
      known.get(key) ?? n * score - (n - 1) * METRICS[metric](predictions.toSpliced(i, 1), labels.toSpliced(i, 1))
    known.set(key, value)
    return value
  })
}

/** The jackknife's standard error of a metric; undefined for fewer than two examples. */
export function jackknifeError(
  metric: ClassMetric,
  predictions: readonly number[],
  labels: readonly number[],
): number | undefined {
  const s2 = variance([...pseudoValues(metric, predictions, labels)])
  return s2 === undefined ? undefined : Math.sqrt(s2 / labels.length)
}

/**
 * Pearson's correlation as scipy's pearsonr computes it: NaN where either side is constant or holds a NaN, or where
 * there are fewer than two pairs; ±1 for two pairs. STS-B's metric.
 */
export function pearson(predictions: readonly number[], labels: readonly number[]): number {
  if (predictions.length < 2 || isConstant(predictions) || isConstant(labels)) return NaN
  const [x, y] = [standard(predictions), standard(labels)]
  const r = Math.max(-1, Math.min(1, pairwiseSum(x.map((value, i) => value * y[i]))))
  return x.length === 2 ? Math.round(r) + 0 : r
}

export const METRICS = {accuracy, 'macro-f1': macroF1, matthews, pearson} satisfies Record<ClassMetric, Metric>

/** A split's score over n items: 0 to 1, or −1 to 1 for a correlation. */
export interface Score {
  readonly score: number
  readonly n: number
  readonly metric: ClassMetric | 'inverse-perplexity'
  /** The standard error over test sets of as many items, where the metric has no formula for it. */
  readonly se?: number | undefined
}

const correct = (predictions: readonly number[], labels: readonly number[]) =>
  predictions.filter((prediction, i) => prediction === labels[i]).length

type Tally = ReadonlyMap<number, number>

function tally(labels: readonly number[]): Tally {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

const dot = (a: Tally, b: Tally) => [...a].reduce((sum, [label, count]) => sum + count * (b.get(label) ?? 0), 0)

const isConstant = (values: readonly number[]) => values.every(value => value === values[0])

/** The values less their mean, at length 1; they are scaled first, for the squares of large values to stay finite. */
function standard(values: readonly number[]): number[] {
  const mean = pairwiseSum(values) / values.length
  const centred = values.map(value => value - mean)
  const largest = centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const length = largest * Math.sqrt(pairwiseSum(centred.map(value => (value / largest) ** 2)))
  return centred.map(value => value / length)
}

/** Adds as NumPy does: of nearly constant values only the same rounding of the mean gives the same correlation. */
function pairwiseSum(values: readonly number[], from = 0, to = values.length): number {
  const n = to - from
  if (n < 8) return sum(values.slice(from, to))
  if (n > 128) {
    const half = from + Math.floor(n / 2) - (Math.floor(n / 2) % 8)
    return pairwiseSum(values, from, half) + pairwiseSum(values, half, to)
  }
  const eight = values.slice(from, from + 8)
  let i = from + 8
  for (; i + 8 <= to; i += 8) for (let j = 0; j < 8; j++) eight[j] += values[i + j]
  const [a, b, c, d, e, f, g, h] = eight
  return values.slice(i, to).reduce((total, value) => total + value, a + b + (c + d) + (e + f + (g + h)))
}
