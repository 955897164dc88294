import {type ErrorVariance, pooledVariance, pValue, type SeedVariance} from './behrens-fisher.ts'
import {estimate, type SeedScores} from './estimate.ts'
import {mean, variance} from './mean-variance.ts'

/** Whether runs repeat a published score. */
export type Verdict = 'reproduced' | 'indistinguishable' | 'deviates' | 'incomplete'

export interface JudgedScore {
  readonly verdict: Exclude<Verdict, 'incomplete'>
  /** Ours minus theirs. */
  readonly difference: number
  /** How likely a difference so large is where there is none. */
  readonly p: number
  readonly seeds: number
  /** Degrees of freedom of the seeds' variance; 0 where nothing tells it. */
  readonly degrees: number
}

/** A published score: one number. */
export interface PublishedScore {
  readonly score: number
  readonly itemVariance: number
}

export const ALPHA = 0.01
/** Fewer seeds never make a number `reproduced`. */
export const MIN_SEEDS = 3
/** Nor does an interval that is wider than this to each side: it would agree with much else. */
export const MAX_MARGIN = 0.05

/**
 * Theirs is one score, so the variance of the difference has parts from both sides: the sampling error of items,
 * p (1 − p) / n each, and between seeds s² / k of our mean and s² of their one run, which is assumed to vary as ours do.
 * s² is the variance of our seeds, or the `common` one of all methods if that is larger, with the degrees of freedom of
 * all. `deviates`: the difference is significant at the 1 % level. `reproduced`: it is not, theirs lies within our 95 %
 * interval, that interval is at most ± 5 points wide, and it comes from 3 seeds or more. Else `indistinguishable`. Where no
 * method has two seeds, s² is unknown and taken as 0: then a small deviation may be due to the seed, and whatever prints
 * the verdict says so.
 */
export function judge(
  printed: PublishedScore,
  ours: SeedScores,
  common: SeedVariance = pooledVariance([ours.scores]),
): JudgedScore {
  const {scores} = ours
  const k = scores.length
  const difference = mean(scores) - printed.score
  const variances = errorVariance(printed, ours, common)
  const p = pValue(difference, variances)

  const {mean: middle, low, high} = estimate(ours)
  const half = Math.max(middle - low, high - middle) // one side may be cut, where no score can be
  const within = low <= printed.score && printed.score <= high && half <= MAX_MARGIN
  const verdict = p < ALPHA ? 'deviates' : k >= MIN_SEEDS && within ? 'reproduced' : 'indistinguishable'
  return {verdict, difference, p, seeds: k, degrees: variances.degrees}
}

/** The variance of the difference between a published score and the mean of ours. */
export function errorVariance(
  printed: PublishedScore,
  {scores, itemVariance}: SeedScores,
  common: SeedVariance,
): ErrorVariance {
  const seeds = Math.max(variance(scores) ?? 0, common.variance) * (1 + 1 / scores.length)
  return {items: printed.itemVariance + itemVariance, seeds, degrees: common.degrees}
}
