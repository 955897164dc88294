import {margin} from './behrens-fisher.ts'
import {mean, variance} from './mean-variance.ts'

/** The scores of runs that differ only in their seed, all on the same items. */
export interface SeedScores {
  /** One per seed, 0 to 1, or −1 to 1 for correlations. */
  readonly scores: readonly number[]
  /** The variance of one score over test sets of as many items: its sampling error; undefined if it is unknown. */
  readonly itemVariance: number | undefined
  /** The number of items if the score is an accuracy; Wilson's interval needs it. */
  readonly n?: number
  /** The least possible score, −1 for correlations; default: 0. */
  readonly least?: number
}

/** Scores whose sampling error is known. */
export interface ScoresWithError extends SeedScores {
  readonly itemVariance: number
}

/** A mean score with its 95 % confidence interval from `low` to `high`; without one if the sampling error is unknown. */
export interface Estimate {
  readonly mean: number
  /** The standard deviation between seeds; undefined for a single seed. */
  readonly sd?: number
  readonly seeds: number
  readonly low?: number
  readonly high?: number
}

interface IntervalEstimate extends Estimate {
  readonly low: number
  readonly high: number
}

/**
 * The mean over seeds with its 95 % confidence interval. One seed: the Wilson interval, which covers the sampling error of
 * items alone (± 1.96 standard errors for other metrics). k seeds: mean ± the Behrens–Fisher margin of the items' variance
 * and of s² / k with k − 1 degrees of freedom, which is a t interval if items have no sampling error. All seeds share
 * the items. Their sampling error differs a little between seeds, and s² already contains that part, which is therefore
 * counted twice; the interval is conservative.
 */
export function estimate(seeds: ScoresWithError): IntervalEstimate
export function estimate(seeds: SeedScores): Estimate
export function estimate({scores, itemVariance, n, least = 0}: SeedScores): Estimate {
  const [middle, s2, k] = [mean(scores), variance(scores), scores.length]
  const known = {mean: middle, ...(s2 === undefined ? {} : {sd: Math.sqrt(s2)}), seeds: k}
  if (itemVariance === undefined) return known
  if (s2 === undefined && n !== undefined) return {...known, ...wilson(middle, n)}
  const half =
    s2 === undefined
      ? 1.96 * Math.sqrt(itemVariance)
      : margin(0.05, {items: itemVariance, seeds: s2 / k, degrees: k - 1})
  return {...known, ...clipped(middle, half, least)}
}

const clipped = (middle: number, half: number, least: number) => ({
  low: Math.max(middle - half, least),
  high: Math.min(middle + half, 1),
})

/** The 95 % score interval of a share p of n items (Wilson 1927): (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n). */
function wilson(share: number, n: number) {
  const z2 = 1.96 ** 2
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n)
  const half = Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n)) * (1.96 / (1 + z2 / n))
  return clipped(middle, half, 0)
}
