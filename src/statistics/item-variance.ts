export type MetricName = 'accuracy' | 'matthews' | 'pearson'

/** Of CoLA's dev set, the one task that is scored by Matthews: 721 of 1,043 sentences are acceptable. */
const ACCEPTABLE = 721 / 1043

/**
 * How much a score would vary with other items of the same kind, to first order. A share p of n: p (1 − p) / n, with two
 * items of each kind added (Agresti and Coull 1998), so that 100 % is not certain. Pearson's r: (1 − r²)² / n. Matthews'
 * φ: Bishop, Fienberg and Holland 1975, section 11.3, predictions being as often positive as the truth.
 */
export function itemVariance(score: number, n: number, metric: MetricName = 'accuracy'): number {
  if (metric === 'pearson') return (1 - score ** 2) ** 2 / n
  if (metric === 'matthews') {
    const skew = (2 * ACCEPTABLE - 1) ** 2 / (ACCEPTABLE * (1 - ACCEPTABLE))
    return Math.max(1 - score ** 2 + score * (1 + score ** 2 / 2) * skew - 1.5 * score ** 2 * skew, 0) / n
  }
  const share = (score * n + 2) / (n + 4)
  return (share * (1 - share)) / n
}
