import {estimate, type Measured} from './estimate.ts'
import {chance, commonSpread, type Luck, type Spread} from './luck.ts'
import {mean, variance} from './sample.ts'

/** Whether runs repeat a published score. */
export type Verdict = 'reproduced' | 'indistinguishable' | 'deviates' | 'incomplete'

export interface Judged {
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
export interface Printed {
  readonly score: number
  readonly itemVariance: number
}

export const ALPHA = 0.01
/** Fewer seeds never make a number `reproduced`. */
export const FEWEST = 3
/** Nor does an interval that is wider than this to each side: it would agree with much else. */
export const WIDEST = 0.05

/**
 * Theirs is one number, so both sides' luck is in the difference: of items, p (1 − p) / n on either side, and of seeds,
 * s² / k of our mean and s² of their one run, which is taken to vary as ours do. s² is what our seeds tell, or what
 * `common` says of those of all methods if that is more, with the degrees of freedom of all. `deviates`: at 1 % this luck
 * does not explain it. `reproduced`: it does, theirs lies within our 95 % interval, that interval is at most ± 5 points
 * wide, and it comes from 3 seeds or more. Else `indistinguishable`. Where no method has two seeds their luck is not known
 * and counts as none: then a small deviation may be luck after all, and who prints the verdict says so.
 */
export function judge(printed: Printed, ours: Measured, common: Spread = commonSpread([ours.scores])): Judged {
  const {scores} = ours
  const k = scores.length
  const difference = mean(scores) - printed.score
  const luck = luckOf(printed, ours, common)
  const p = chance(difference, luck)

  const {mean: middle, low, high} = estimate(ours)
  const half = Math.max(middle - low, high - middle) // one side may be cut, where no score can be
  const within = low <= printed.score && printed.score <= high && half <= WIDEST
  const verdict = p < ALPHA ? 'deviates' : k >= FEWEST && within ? 'reproduced' : 'indistinguishable'
  return {verdict, difference, p, seeds: k, degrees: luck.degrees}
}

/** What the difference of a published score and the mean of ours varies by where there is none. */
export function luckOf(printed: Printed, {scores, itemVariance}: Measured, common: Spread): Luck {
  const seeds = Math.max(variance(scores) ?? 0, common.variance) * (1 + 1 / scores.length)
  return {items: printed.itemVariance + itemVariance, seeds, degrees: common.degrees}
}
