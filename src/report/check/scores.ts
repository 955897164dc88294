import {holm} from '../statistics/holm.ts'
import {power} from '../statistics/power.ts'
import {againstReference} from '../statistics/reference.ts'
import {mean, variance} from '../statistics/sample.ts'
import {criticalT, twoSided} from '../statistics/student.ts'

/** Scores of new runs beside those of the reference's seeds. */
export interface Compared {
  readonly recipe: string
  readonly column: string
  readonly reference: readonly number[]
  readonly scores: readonly number[]
}

export interface ScoreVerdict extends Pick<Compared, 'recipe' | 'column'> {
  readonly mean: number
  readonly seeds: number
  readonly reference: {readonly mean: number; readonly sd: number; readonly seeds: number}
  /** The least mean that holds, and how many of the reference's standard deviations it is below its mean. */
  readonly least: number
  readonly k: number
  /** One-sided, alone and as it counts among all that are compared. */
  readonly p: number
  readonly holm: number
  /** `risen`: better than luck explains, by the two-sided test; something changed, and a leak is one such thing. */
  readonly verdict: 'holds' | 'fallen' | 'risen'
  /** How likely a fall by 2 and by 3 standard deviations is found. */
  readonly power: {readonly two: number; readonly three: number}
}

/** A false alarm in any of all comparisons of a check is at most so likely. */
const CHECK_ALPHA = 0.01

/** Judges all scores of a check together: Holm's steps, from the lowest p on, share α. A score without a value has fallen. */
export function judgeScores(all: readonly Compared[], alpha = CHECK_ALPHA): ScoreVerdict[] {
  const low = all.map(one => pBelow(one))
  const high = all.map(one => pBelow(mirrored(one)))
  const [falls, rises] = [steps(low), steps(high)]
  return all.map((one, i) => {
    const {recipe, column, reference, scores} = one
    const own = alpha / falls[i].among
    const {bound} = againstReference(reference, scores, own)
    const [r, k] = [reference.length, scores.length]
    const judging = {reference: r, fresh: k, alpha: alpha / all.length}
    const fallen = falls[i].holm < alpha
    const risen = rises[i].holm < alpha / 2 // one half of the two-sided test
    return {
      recipe,
      column,
      mean: mean(scores),
      seeds: k,
      reference: {mean: mean(reference), sd: Math.sqrt(variance(reference)!), seeds: r},
      least: mean(reference) - bound,
      k: criticalT(2 * own, r - 1) * Math.sqrt(1 / r + 1 / k),
      p: low[i],
      holm: falls[i].holm,
      verdict: fallen ? 'fallen' : risen ? 'risen' : 'holds',
      power: {two: power(2, judging), three: power(3, judging)},
    }
  })
}

const mirrored = ({reference, scores, ...rest}: Compared): Compared => ({
  ...rest,
  reference: reference.map(score => -score),
  scores: scores.map(score => -score),
})

/** How likely so low a mean is, or a lower one, where nothing has changed. */
function pBelow({reference, scores}: Compared): number {
  const away = mean(scores) - mean(reference)
  if (Number.isNaN(away)) return 0
  const error = Math.sqrt(variance(reference)! * (1 / reference.length + 1 / scores.length))
  if (error === 0) return away < 0 ? 0 : 1
  const tail = twoSided(away / error, reference.length - 1) / 2
  return away < 0 ? tail : 1 - tail
}

/** Of each p, among how many it is judged, and what it counts as then. */
function steps(ps: readonly number[]): {readonly among: number; readonly holm: number}[] {
  const ranked = ps.map((p, i) => ({p, i})).sort((a, b) => a.p - b.p)
  const adjusted = holm(ps)
  const among = new Array<number>(ps.length)
  for (const [rank, {i}] of ranked.entries()) among[i] = ps.length - rank
  return ps.map((_, i) => ({among: among[i], holm: adjusted[i]}))
}
