import type {MetricName} from '../statistics/item-variance.ts'
import {mean} from '../statistics/mean-variance.ts'
import type {Tuning} from './read-tuning.ts'
import type {TrialPoint, TunedRange} from './search-space.ts'
import {type WiderRange, widen} from './wider-range.ts'

interface Trial {
  readonly point: TrialPoint
  /** The steps of a shorter training than the recipe's own. */
  readonly steps?: number | undefined
}

/** A trial whose seeds all have a validation score. */
export interface ScoredTrial extends Trial {
  readonly metric: MetricName
  /** The score of each seed. */
  readonly scores: readonly number[]
  readonly failure?: undefined
}

/** A trial without scores: a seed diverged, or the metric has no value. */
export interface FailedTrial extends Trial {
  readonly failure: {readonly kind: 'diverged' | 'no-value'; readonly message: string}
}

/** A trial after its runs. */
export type TrialResult = ScoredTrial | FailedTrial

/** A trial with the mean of its scores over seeds. */
export interface RankedTrial extends ScoredTrial {
  readonly score: number
}

/** Whether a trial has scores. */
export const isScored = (trial: TrialResult): trial is ScoredTrial => trial.failure === undefined

/**
 * Ranks the trials that did not fail, best first: by the mean score over seeds; for every metric, higher is better.
 * Ties go to the smaller learning rate, then to the smaller value of each other range.
 */
export function rankTrials(trials: readonly TrialResult[], ranges: readonly TunedRange[]): readonly RankedTrial[] {
  const keys = tieKeys(ranges)
  const smaller = (a: Trial, b: Trial) => {
    const key = keys.find(key => a.point[key] !== b.point[key])
    return key === undefined ? 0 : a.point[key] - b.point[key]
  }
  const scored = trials.filter(isScored).map(trial => ({...trial, score: mean(trial.scores)}))
  return scored.toSorted((a, b) => rounded(b.score) - rounded(a.score) || smaller(a, b))
}

/** A mean without its last digits, which depend on the order of the seeds. */
const rounded = (score: number) => Number(score.toPrecision(12))

/** The tuned values in the order in which they break ties: the smaller learning rate wins, then the smaller of each other value. */
export const tieKeys = (ranges: readonly TunedRange[]): readonly string[] =>
  ranges.map(({key}) => key).toSorted((a, b) => Number(b === 'train.lr') - Number(a === 'train.lr'))

/**
 * The trials that tie with the best one: in their last rung they scored exactly what the best one scored there. `rungs` holds
 * the results of each rung.
 */
export function tiesOf(best: TrialPoint, rungs: readonly (readonly TrialResult[])[]): readonly TrialPoint[] {
  return rungs.flatMap((results, i) => {
    const next = new Set(rungs[i + 1]?.map(({point}) => point))
    const scored = results.filter(isScored)
    const own = scored.find(({point}) => point === best)
    const equal = scored.filter(({scores}) => own !== undefined && rounded(mean(scores)) === rounded(mean(own.scores)))
    return equal.flatMap(({point}) => (point === best || next.has(point) ? [] : [point]))
  })
}

/** A best value that is the lowest or highest tried, with a range in which a better one may lie. */
export interface Edge extends WiderRange {
  readonly key: string
  readonly value: number
  readonly side: 'lowest' | 'highest'
}

/** The tuned values of the best trial that are the lowest or the highest tried, unless no value may lie beyond. */
export function edgesOf(best: TrialPoint, {points, ranges}: Pick<Tuning, 'points' | 'ranges'>): readonly Edge[] {
  return ranges.flatMap((range): Edge[] => {
    const {key} = range
    const value = best[key]
    const tried = points.map(point => point[key])
    const side = value === Math.min(...tried) ? 'lowest' : value === Math.max(...tried) ? 'highest' : undefined
    const wider = side && widen(range, side, ranges.length === 1 ? points.length : undefined)
    return wider ? [{key, value, side, ...wider}] : []
  })
}
