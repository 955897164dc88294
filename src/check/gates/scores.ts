import {holm} from '../../statistics/holm.ts'
import {mean, variance} from '../../statistics/mean-variance.ts'
import {detectableShift, POWER, power} from '../../statistics/power.ts'
import {criticalT, twoSidedP} from '../../statistics/student.ts'

/** Scores of new runs beside those of the reference's seeds. */
export interface ScoreComparison {
  readonly recipe: string
  readonly column: string
  readonly reference: readonly number[]
  readonly scores: readonly number[]
}

export interface ScoreVerdict extends Pick<ScoreComparison, 'recipe' | 'column'> {
  readonly mean: number
  readonly seeds: number
  readonly reference: {readonly mean: number; readonly sd: number; readonly seeds: number}
  /** The least mean that holds, and how many of the reference's standard deviations it is below its mean. */
  readonly least: number
  readonly k: number
  /** One-sided, alone and as it counts among all that are compared. */
  readonly p: number
  readonly holm: number
  /** `risen`: significantly higher by the two-sided test; something changed, perhaps by a leak of test items. */
  readonly verdict: 'holds' | 'fallen' | 'risen'
  /** How likely a fall by 2 and by 3 standard deviations is found; undefined where the reference's seeds have none. */
  readonly power?: {readonly two: number; readonly three: number}
  /** The smallest fall that is found with the stated power at this comparison's share of α; 0 where the seeds have no deviation. */
  readonly detectable: {readonly fall: number; readonly power: number; readonly alpha: number}
}

/** A false alarm in any of all comparisons of a check is at most so likely. */
const CHECK_ALPHA = 0.01

/**
 * Judges all scores of a check together, on the seeds alone, as both sides answered the same items: fallen where the new
 * mean lies below the reference's by more than t √(1/r + 1/k) of its standard deviations, t being Student's one-sided value
 * with r − 1 degrees of freedom at its share of α by Holm's steps, from the lowest p on. (MLPerf's convergence points are
 * judged alike.) A score without a value has fallen.
 */
export function judgeScores(all: readonly ScoreComparison[], alpha = CHECK_ALPHA): ScoreVerdict[] {
  const low = all.map(pBelow)
  const [falls, rises] = [chances(all), chances(all.map(mirrored))]
  const shares = sharesOf(low, {fallen: falls.filter(p => p < alpha).length, alpha})
  return all.map(({recipe, column, reference, scores}, i) => {
    const [r, k] = [reference.length, scores.length]
    const [middle, sd] = [mean(reference), Math.sqrt(variance(reference)!)]
    const away = criticalT(2 * shares[i], r - 1) * Math.sqrt(1 / r + 1 / k)
    const judging = {reference: r, fresh: k, alpha: alpha / all.length}
    const fallen = falls[i] < alpha
    const risen = rises[i] < alpha / 2 // one half of the two-sided test
    return {
      recipe,
      column,
      mean: mean(scores),
      seeds: k,
      reference: {mean: middle, sd, seeds: r},
      least: middle - away * sd,
      k: away,
      p: low[i],
      holm: falls[i],
      verdict: fallen ? 'fallen' : risen ? 'risen' : 'holds',
      ...(sd === 0 ? {} : {power: {two: power(2, judging), three: power(3, judging)}}),
      detectable: {fall: sd === 0 ? 0 : sd * detectableShift(judging), power: POWER, alpha: judging.alpha},
    }
  })
}

/** How likely means so low are where nothing has changed, as it counts among all. */
export const chances = (all: readonly ScoreComparison[]): number[] => holm(all.map(pBelow))

const mirrored = ({reference, scores, ...rest}: ScoreComparison): ScoreComparison => ({
  ...rest,
  reference: reference.map(score => -score),
  scores: scores.map(score => -score),
})

/** How likely so low a mean is, or a lower one, where nothing has changed. */
function pBelow({reference, scores}: ScoreComparison): number {
  const away = mean(scores) - mean(reference)
  if (Number.isNaN(away)) return 0
  const error = Math.sqrt(variance(reference)! * (1 / reference.length + 1 / scores.length))
  if (error === 0) return away < 0 ? 0 : 1
  const tail = twoSidedP(away / error, reference.length - 1) / 2
  return away < 0 ? tail : 1 - tail
}

/**
 * The p below which each would have fallen: what falls shares α with what has no lower p, and all that holds with
 * everything that holds, for Holm's steps end at the first that does.
 */
function sharesOf(ps: readonly number[], {fallen, alpha}: {readonly fallen: number; readonly alpha: number}): number[] {
  const ranks = new Map([...ps.keys()].sort((i, j) => ps[i] - ps[j]).map((i, rank) => [i, rank]))
  return ps.map((_, i) => alpha / (ps.length - Math.min(ranks.get(i)!, fallen)))
}
