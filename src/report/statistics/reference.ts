import {mean, variance} from './sample.ts'
import {criticalT} from './student.ts'

/** How new runs stand to runs that were accepted before. */
export interface AgainstReference {
  /** Their mean less the reference's. */
  readonly difference: number
  /** A mean this far below the reference's, or further, has `fallen`. */
  readonly bound: number
  readonly verdict: 'holds' | 'fallen'
}

/**
 * Compares new seeds of a recipe with its reference seeds, on the same items, so that seeds are the only luck: fallen where
 * the new mean lies below the reference's by more than t √(1/r + 1/k) times the reference's standard deviation, t being
 * Student's one-sided value at `alpha` with r − 1 degrees of freedom. (MLPerf's convergence points are judged alike.) Where
 * several numbers are compared, `alpha` is each one's share.
 */
export function againstReference(
  reference: readonly number[],
  scores: readonly number[],
  alpha = 0.01,
): AgainstReference {
  const r = reference.length
  const difference = mean(scores) - mean(reference)
  const sd = Math.sqrt(variance(reference) ?? Number.NaN)
  const bound = criticalT(2 * alpha, r - 1) * sd * Math.sqrt(1 / r + 1 / scores.length)
  return {difference, bound, verdict: difference < -bound ? 'fallen' : 'holds'}
}
