import {holm} from '../statistics/holm.ts'
import {mean, standardDeviation} from '../statistics/mean-variance.ts'
import {detectableShift, POWER, power} from '../statistics/power.ts'
import {criticalT, twoSidedP} from '../statistics/student.ts'

/** Scores of new runs and those of the reference's seeds. */
export interface ScoreComparison {
  readonly recipe: string
  readonly column: string
  /** The metric; default: accuracy. */
  readonly metric?: string | undefined
  readonly reference: readonly number[]
  readonly scores: readonly number[]
}

export interface ScoreVerdict extends Pick<ScoreComparison, 'recipe' | 'column' | 'metric'> {
  readonly mean: number
  readonly seeds: number
  readonly reference: {readonly mean: number; readonly sd: number; readonly seeds: number}
  /** The bound below which a mean has fallen: k standard deviations below the reference's mean. */
  readonly least: number
  readonly k: number
  /** The one-sided p-value, and the same adjusted by Holm over all comparisons. */
  readonly p: number
  readonly holm: number
  /** The p-value of a rise: twice the one-sided one, adjusted by Holm. */
  readonly rise: number
  /** `fallen`: significantly lower. `risen`: significantly higher by the two-sided test, as after a leak of test items. */
  readonly verdict: 'holds' | 'fallen' | 'risen'
  /** The power to detect drops of 2 and of 3 standard deviations; undefined if the reference's scores are all equal. */
  readonly power?: {readonly two: number; readonly three: number}
  /** The smallest drop that is detected with the stated power at this comparison's share of α; 0 if the reference's scores are all equal. */
  readonly detectable: {readonly fall: number; readonly power: number; readonly alpha: number}
}

/** The family-wise error rate of a check. */
export const CHECK_ALPHA = 0.01

/**
 * Judges all scores of a check together, as a one-sided t test over seeds with the reference's variance: with r reference
 * seeds and k new ones, a mean has fallen if it is below the reference's mean by more than t √(1/r + 1/k) standard
 * deviations, where t is Student's critical value with r − 1 degrees of freedom at the comparison's share of α by Holm.
 * (MLPerf judges points of convergence in the same way.) A mean without a value has fallen.
 */
export function judgeScores(all: readonly ScoreComparison[]): ScoreVerdict[] {
  const ps = all.map(pLower)
  const [lower, higher] = [adjustedPs(all), adjustedPs(all.map(mirrored))]
  const shares = alphaShares(ps, lower.filter(p => p < CHECK_ALPHA).length)
  return all.map(({recipe, column, metric, reference, scores}, i) => {
    const [r, k] = [reference.length, scores.length]
    const center = mean(reference)
    const sd = standardDeviation(reference)
    const width = criticalT(2 * shares[i], r - 1) * Math.sqrt(1 / r + 1 / k)
    const test = {reference: r, fresh: k, alpha: CHECK_ALPHA / all.length}
    const rise = Math.min(1, 2 * higher[i])
    return {
      recipe,
      column,
      metric,
      mean: mean(scores),
      seeds: k,
      reference: {mean: center, sd, seeds: r},
      least: center - width * sd,
      k: width,
      p: ps[i],
      holm: lower[i],
      rise,
      verdict: lower[i] < CHECK_ALPHA ? 'fallen' : rise < CHECK_ALPHA ? 'risen' : 'holds',
      power: sd === 0 ? undefined : {two: power(2, test), three: power(3, test)},
      detectable: {fall: sd === 0 ? 0 : sd * detectableShift(test), power: POWER, alpha: test.alpha},
    }
  })
}

/** One-sided p-values of lower means, adjusted by Holm. */
export const adjustedPs = (all: readonly ScoreComparison[]): number[] => holm(all.map(pLower))

const mirrored = ({reference, scores, ...rest}: ScoreComparison): ScoreComparison => ({
  ...rest,
  reference: reference.map(score => -score),
  scores: scores.map(score => -score),
})

/** The one-sided p-value of a mean as low as this, under the hypothesis that nothing has changed. */
function pLower({reference, scores}: ScoreComparison): number {
  const difference = mean(scores) - mean(reference)
  if (Number.isNaN(difference)) return 0
  const error = standardDeviation(reference) * Math.sqrt(1 / reference.length + 1 / scores.length)
  if (error === 0) return difference < -ROUNDING ? 0 : 1
  const tail = twoSidedP(difference / error, reference.length - 1) / 2
  return difference < 0 ? tail : 1 - tail
}

/** Equal means may differ by less than this, since they are rounded; others differ by more. */
const ROUNDING = 1e-12

/**
 * The level at which each hypothesis is tested: α divided by the number of those with a p-value no lower, or, for those
 * behind the first that is not rejected, at which Holm's procedure ends, by the number of all that are not rejected.
 */
function alphaShares(ps: readonly number[], rejected: number): number[] {
  const order = [...ps.keys()].sort((i, j) => ps[i] - ps[j])
  return ps.map((_, i) => CHECK_ALPHA / (ps.length - Math.min(order.indexOf(i), rejected)))
}
