import type {ClassMetric} from '../tasks/task.ts'

export type MetricName = ClassMetric | 'inverse-perplexity'

/** The metrics whose sampling variance follows from the score and the number of items. */
type FormulaMetric = Exclude<ClassMetric, 'macro-f1'>

/** The least possible score: a correlation may be −1. */
export const leastScore = (metric: MetricName = 'accuracy'): number =>
  metric === 'matthews' || metric === 'pearson' ? -1 : 0

/** The share of positive labels in CoLA's dev set, the paper's one task that is scored by Matthews' correlation: 721 of 1,043. */
const POSITIVE = 721 / 1043

/**
 * The sampling variance of a score over test sets of n items, to first order; scores are 0 to 1, or −1 to 1 for
 * correlations. Accuracy p: p (1 − p) / n, with two right and two wrong items added to p (Agresti and Coull 1998), so that
 * it is not 0 at 100 %. Pearson's r: (1 − r²)² / n. Matthews' φ: Bishop, Fienberg and Holland 1975, section 11.3, for
 * predictions that are positive as often as the labels of CoLA. A measured standard error `se` counts instead of a formula;
 * macro-F1, inverse perplexity and Matthews' φ over other labels have no other. Undefined for the first two without it.
 * Where formula or standard error is 0 but for rounding, as for a perfect score, the variance is that of an accuracy of the same
 * size, between −1 and 1 for correlations: the next items may be wrong, however many were right. A perplexity has none then.
 */
export function itemVariance(score: number, n: number, metric?: FormulaMetric, se?: number): number
export function itemVariance(score: number, n: number, metric: MetricName, se?: number): number | undefined
export function itemVariance(score: number, n: number, metric: MetricName = 'accuracy', se?: number) {
  const found = se === undefined ? formulaVariance(score, n, metric) : se ** 2
  const isInverse = metric === 'inverse-perplexity'
  if (found === undefined || found > ROUNDING * (isInverse ? score ** 2 : 1)) return found
  if (isInverse) return undefined
  const width = 1 - leastScore(metric) // of the scores' range
  return width ** 2 * accuracyVariance((Math.abs(score) + width - 1) / width, n)
}

const ROUNDING = 1e-12

function formulaVariance(score: number, n: number, metric: MetricName): number | undefined {
  if (!isFormulaMetric(metric)) return undefined
  if (metric === 'pearson') return (1 - score ** 2) ** 2 / n
  if (metric === 'matthews') {
    const skew = (2 * POSITIVE - 1) ** 2 / (POSITIVE * (1 - POSITIVE))
    return Math.max(1 - score ** 2 + score * (1 + score ** 2 / 2) * skew - 1.5 * score ** 2 * skew, 0) / n
  }
  return accuracyVariance(score, n)
}

function accuracyVariance(score: number, n: number): number {
  const share = (score * n + 2) / (n + 4)
  return (share * (1 - share)) / n
}

/** Whether `itemVariance` has a formula for scores over these labels; that of Matthews' φ is for labels distributed like CoLA's. */
export function hasVarianceFormula(metric: MetricName, labels: readonly number[]): boolean {
  if (metric !== 'matthews') return isFormulaMetric(metric)
  const share = labels.filter(label => label === 1).length / labels.length
  return labels.every(label => label === 0 || label === 1) && Math.abs(share - POSITIVE) <= NEAR
}

const isFormulaMetric = (metric: MetricName): metric is FormulaMetric =>
  metric !== 'macro-f1' && metric !== 'inverse-perplexity'

/** Within this distance of CoLA's share the formula is at most about a tenth off. */
const NEAR = 0.05
