import {escapeLine} from '../base/printable.ts'
import type {Estimate} from '../statistics/estimate.ts'
import type {MetricName} from '../statistics/item-variance.ts'
import {mean, standardDeviation} from '../statistics/mean-variance.ts'
import type {JudgedScore} from '../statistics/verdict.ts'
import type {Row} from './row.ts'

/** A share as percent: `42.8`. */
export const formatPercent = (share: number, decimals = 1): string => (100 * share).toFixed(decimals).replace('-', '−')

/** A difference of shares in points: `+3.1`, `−3.1`, `0.0`. */
export const formatSigned = (share: number, decimals = 1): string =>
  `${share >= 0 ? '+' : ''}${formatPercent(share, decimals)}`.replace(/^.(0\.0+)$/, '$1')

/** The decimals of a difference with this margin: one, or of an inverse perplexity as many as show two digits of the margin. */
export function differenceDecimals(margin: number, metric: MetricName | undefined): number {
  if (metric !== 'inverse-perplexity' || !(margin > 0)) return 1
  return Math.min(Math.max(1 - Math.floor(Math.log10(100 * margin)), 1), 12)
}

/** `p = 0.13`, or `p < 0.001`. */
export function probabilityText(p: number, alpha: number): string {
  const text = formatP(p, alpha)
  return text.startsWith('<') ? `p ${text}` : `p = ${text}`
}

/**
 * A p-value to two significant digits, or to as many as show on which side of α it lies (0.0496, not 0.050, where p < 0.05);
 * `< 0.001` if it is smaller.
 */
export function formatP(p: number, alpha: number, digits = 2): string {
  if (p < 0.001) return '< 0.001'
  const text = p.toPrecision(digits)
  return Number(text) < alpha === p < alpha ? text : formatP(p, alpha, digits + 1)
}

/** A score as its metric is read: perplexity for its inverse, else percent; `–` if the metric has no value. */
export function formatScore(score: number, metric?: MetricName): string {
  if (Number.isNaN(score)) return '–'
  return metric === 'inverse-perplexity' ? formatPerplexity(1 / score) : formatPercent(score)
}

/** The score of a split in a line of several: `test 42.8`, `test perplexity 12.34`. */
const splitScoreText = (split: string, {score, metric}: {score: number; metric?: MetricName | undefined}) =>
  `${escapeLine(split)} ${metric === 'inverse-perplexity' ? 'perplexity ' : ''}${formatScore(score, metric)}`

/** `test 40.0, other perplexity 12.34`. */
export const scoresText = ({scores}: Pick<Row, 'scores'>): string =>
  Object.entries(scores)
    .map(([split, score]) => splitScoreText(split, score))
    .join(', ')

/** The score of an epoch: `validation 45.0, the best so far`. */
export function epochScoreText({split, score, metric, best}: EpochScore): string {
  const value = Number.isNaN(score) ? `${escapeLine(split)} without a value` : splitScoreText(split, {score, metric})
  return `${value}${best ? ', the best so far' : ''}`
}

export interface EpochScore {
  readonly split: string
  /** 0 to 1, a correlation −1 to 1; NaN if the metric has no value. */
  readonly score: number
  /** The metric; default: accuracy. */
  readonly metric?: MetricName | undefined
  /** Whether it is the best of all epochs so far. */
  readonly best: boolean
}

/** `12.34`, `5.96e+6` for a model that predicts nothing, or `∞` if its inverse is too small for a number. */
export function formatPerplexity(perplexity: number, isLarge = perplexity >= LARGE): string {
  if (perplexity === Infinity) return '∞'
  return isLarge ? perplexity.toExponential(2) : perplexity.toFixed(2)
}

/**
 * The perplexity of an estimate of its inverse: `12.34 ± 0.05 [12.10, 12.58]`; with large ones, all as `5.96e+6`. The deviation is
 * to first order.
 */
export function perplexityText({mean, sd, low, high}: Estimate): string {
  const inverse = (score: number) => 1 / Math.max(score, 0)
  const isLarge = [mean, low ?? mean, high ?? mean].map(inverse).some(one => one >= LARGE && one < Infinity)
  const format = (perplexity: number) => formatPerplexity(perplexity, isLarge)
  const spread = sd === undefined || mean === 0 ? '' : ` ± ${format(sd / mean ** 2)}`
  return `${format(1 / mean)}${spread} ${intervalText(high, low, score => format(inverse(score)))}`
}

/** The perplexity from which on decimals say nothing. */
const LARGE = 1e5

/** The mean of the scores of seeds and their standard deviation: `42.8 ± 0.5`; of perplexity only the mean. */
export function meanText(scores: readonly number[], metric?: MetricName): string {
  const hasDeviation = scores.length > 1 && metric !== 'inverse-perplexity'
  return formatScore(mean(scores), metric) + deviationText(hasDeviation ? standardDeviation(scores) : undefined)
}

/** ` ± 0.5`; empty for a single seed. */
const deviationText = (sd: number | undefined): string => (sd === undefined ? '' : ` ± ${formatPercent(sd)}`)

/** `42.8 ± 0.5 [41.0, 44.6]`; without the standard deviation for a single seed. */
export const estimateText = ({mean, sd, low, high}: Estimate): string =>
  `${formatPercent(mean)}${deviationText(sd)} ${intervalText(low, high, formatPercent)}`

/** An estimate as its metric is read. */
export const formatEstimate = (estimate: Estimate, metric?: MetricName): string =>
  metric === 'inverse-perplexity' ? perplexityText(estimate) : estimateText(estimate)

/** The reason why scores have no interval and no test. */
export const unknownErrorText = (metric: MetricName): string =>
  `not all rows record a standard error of ${metric === 'inverse-perplexity' ? 'perplexity' : metric} above 0, and there is no formula for it`

/** `[41.0, 44.6]`; `[–]` if the interval is unknown. */
const intervalText = (from: number | undefined, to: number | undefined, format: (score: number) => string): string =>
  from === undefined || to === undefined ? '[–]' : `[${format(from)}, ${format(to)}]`

/** `deviates (−3.1 pp), 3 seeds`; `reproduced, 5 seeds (finds ≥ 7.9 pp)`, which is the smallest detectable difference. */
export function verdictText({verdict, difference, seeds}: JudgedScore, detectable: number): string {
  if (verdict === 'deviates') return `${verdict} (${formatSigned(difference)} pp), ${seedsText(seeds)}`
  const found = detectable < 1 ? `finds ≥ ${formatPercent(detectable)} pp` : 'finds no difference'
  return `${verdict}, ${seedsText(seeds)} (${found})`
}

export const seedsText = (seeds: number): string => (seeds === 1 ? 'one seed' : `${seeds} seeds`)
