import {type ErrorVariance, pValue} from './behrens-fisher.ts'
import {estimate, type ScoresWithError} from './estimate.ts'
import {mean} from './mean-variance.ts'
import {pooledVariance, type SeedVariance, varianceOfMean} from './seed-variance.ts'

/** Whether our runs reproduce a published score. */
export type Verdict = 'reproduced' | 'indistinguishable' | 'deviates' | 'incomplete'

export interface JudgedScore {
  readonly verdict: Exclude<Verdict, 'incomplete'>
  /** Our mean minus the published score, 0 to 1. */
  readonly difference: number
  /** The two-sided p-value of the difference. */
  readonly p: number
  readonly seeds: number
  /** Degrees of freedom of the variance between seeds; 0 if it is unknown. */
  readonly degrees: number
}

/** A published score of one run, 0 to 1, with its sampling error. */
export interface PublishedScore {
  readonly score: number
  readonly itemVariance: number
}

/** The level of the test for a deviation. */
export const ALPHA = 0.01
/** A verdict of `reproduced` needs this many seeds or more. */
export const MIN_SEEDS = 3
/** A verdict of `reproduced` needs an interval of at most ± 5 points: a wider one would agree with much else. */
export const MAX_MARGIN = 0.05

/**
 * Tests a published score of one run against the mean of our k seeds (Behrens–Fisher). The variance of the difference is
 * that of the items, p (1 − p) / n on each side, and of the seeds, s² / k for our mean and s² for their run, which is
 * assumed to vary as ours do. s² is that of `varianceOfMean`. `deviates`: significant at the 1 % level. `reproduced`: not
 * significant, and the published score lies in our 95 % confidence interval, which is at most ± 5 points wide and rests on 3
 * seeds or more; it does not show that the scores are equal. Else `indistinguishable`. If no method has two seeds, s² is
 * unknown and counts as 0, so that a deviation may be due to the seed; the reports note it.
 */
export function judge(
  printed: PublishedScore,
  ours: ScoresWithError,
  pooled: SeedVariance = pooledVariance([ours.scores]),
): JudgedScore {
  const {scores} = ours
  const k = scores.length
  const difference = mean(scores) - printed.score
  const variances = errorVariance(printed, ours, pooled)
  const p = pValue(difference, variances)

  const {mean: middle, low, high} = estimate(ours)
  const half = Math.max(middle - low, high - middle) // one side may be clipped at 0 or 1
  const within = low <= printed.score && printed.score <= high && half <= MAX_MARGIN
  const verdict = p < ALPHA ? 'deviates' : k >= MIN_SEEDS && within ? 'reproduced' : 'indistinguishable'
  return {verdict, difference, p, seeds: k, degrees: variances.degrees}
}

/** The variance of the difference between a published score and the mean of ours. */
export function errorVariance(
  printed: PublishedScore,
  {scores, itemVariance}: ScoresWithError,
  pooled: SeedVariance,
): ErrorVariance {
  const {seeds, degrees} = varianceOfMean(scores, pooled)
  return {items: printed.itemVariance + itemVariance, seeds: seeds * (scores.length + 1), degrees}
}
