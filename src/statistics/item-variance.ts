export type MetricName = 'accuracy' | 'macro-f1' | 'matthews' | 'pearson' | 'inverse-perplexity'

/** The least possible score: a correlation may be −1. */
export const leastScore = (metric: MetricName = 'accuracy'): number =>
  metric === 'matthews' || metric === 'pearson' ? -1 : 0

/** The share of positive labels in CoLA's dev set, the one task that is scored by Matthews' correlation: 721 of 1,043. */
const POSITIVE = 721 / 1043

/**
 * The sampling variance of a score over test sets of n items, to first order; scores are 0 to 1, or −1 to 1 for
 * correlations. Accuracy p: p (1 − p) / n, with two right and two wrong items added to p (Agresti and Coull 1998), so that
 * it is not 0 at 100 %. Pearson's r: (1 − r²)² / n. Matthews' φ: Bishop, Fienberg and Holland 1975, section 11.3, for
 * predictions that are positive as often as the labels. A measured standard error `se` counts instead of a formula; macro-F1
 * and inverse perplexity have no other.
 */
export function itemVariance(score: number, n: number, metric: MetricName = 'accuracy', se?: number): number {
  if (se !== undefined) return se ** 2
  if (metric === 'pearson') return (1 - score ** 2) ** 2 / n
  if (metric === 'matthews') {
    const skew = (2 * POSITIVE - 1) ** 2 / (POSITIVE * (1 - POSITIVE))
    return Math.max(1 - score ** 2 + score * (1 + score ** 2 / 2) * skew - 1.5 * score ** 2 * skew, 0) / n
  }
  const share = (score * n + 2) / (n + 4)
  return (share * (1 - share)) / n
}
