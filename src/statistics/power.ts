import {sum} from '../base/collections.ts'
import {type ErrorVariance, margin} from './behrens-fisher.ts'
import {normalTail} from './normal.ts'
import {criticalT} from './student.ts'

/** A one-sided t test of new seeds against a reference, as `judgeScores` makes it. */
export interface PowerOptions {
  /** The number of seeds of the reference. */
  readonly reference: number
  /** The number of new seeds. */
  readonly fresh: number
  /** The level of this one comparison. */
  readonly alpha: number
}

/**
 * The probability that `judgeScores` detects a mean that has fallen by `shift` standard deviations of single seeds: the tail of
 * the noncentral t distribution, integrated over the sampling distribution of the reference's standard deviation.
 */
export const power = (shift: number, test: PowerOptions): number => powerCurve(test)(shift)

function powerCurve({reference, fresh, alpha}: PowerOptions): (shift: number) => number {
  const df = reference - 1
  const critical = criticalT(2 * alpha, df)
  const end = 1 + 8 / Math.sqrt(2 * df)
  return shift => {
    const moved = shift / Math.sqrt(1 / reference + 1 / fresh)
    let [total, found] = [0, 0]
    for (let i = 1; i < NODES; i++) {
      const u = i / NODES
      const s = end * u ** 3 // s / σ = √(χ² / df); with a small α all the power may be near 0, where these nodes are dense
      const weight = u * u * Math.exp((df - 1) * Math.log(s) - (df * (s * s - 1)) / 2)
      total += weight
      found += weight * normalTail(critical * s - moved)
    }
    return found / total
  }
}

const NODES = 400

/** The power at which a detectable difference is stated. */
export const POWER = 0.8

/** The smallest fall, in standard deviations of single seeds, that `judgeScores` detects with power `POWER`. */
export const detectableShift = (test: PowerOptions): number => smallestDetectable(powerCurve(test))

/**
 * The smallest true difference that `judge` calls deviating with power `POWER` at level `alpha`, for seeds that vary as
 * `variances` states. The margin that a difference has to exceed rests on an estimate of the variance between seeds, so the
 * power is integrated over the sampling distribution of that estimate.
 */
export function detectableDifference(variances: ErrorVariance, alpha: number): number {
  const {items, seeds, degrees} = variances
  const error = Math.sqrt(items + seeds)
  if (error === 0) return 0
  const margins = measuredRatios(variances).map(({ratio, weight}) => ({
    weight,
    margin: margin(alpha, {items, seeds: seeds * ratio, degrees}),
  }))
  return (
    error *
    smallestDetectable(shift =>
      margins.reduce((sum, {weight, margin}) => sum + weight * exceedance(margin / error, shift), 0),
    )
  )
}

/** P(|Z + shift| > margin). */
const exceedance = (margin: number, shift: number) => normalTail(margin - shift) + normalTail(margin + shift)

/** A grid over s² / σ² = χ² / ν of the variance between seeds, in even steps of s / σ; the weights sum to 1. */
function measuredRatios({seeds, degrees}: ErrorVariance): {readonly ratio: number; readonly weight: number}[] {
  if (seeds === 0) return [{ratio: 1, weight: 1}]
  const reach = 6 / Math.sqrt(2 * degrees)
  const [from, to] = [Math.max(0, 1 - reach), 1 + reach]
  const count = degrees < 3 ? 64 : 16 // with few degrees of freedom the distribution is wide
  const all = Array.from({length: count}, (_, i) => {
    const s = from + ((to - from) * (i + 0.5)) / count
    return {ratio: s * s, weight: Math.exp((degrees - 1) * Math.log(s) - (degrees * (s * s - 1)) / 2)}
  })
  const total = sum(all.map(({weight}) => weight))
  return all.map(({ratio, weight}) => ({ratio, weight: weight / total}))
}

/** Finds the smallest shift with power `POWER` by bisection: power grows with the shift. */
function smallestDetectable(curve: (shift: number) => number): number {
  let [low, high] = [0, 1]
  while (curve(high) < POWER) [low, high] = [high, 2 * high]
  for (let i = 0; i < 20; i++) {
    const middle = (low + high) / 2
    if (curve(middle) < POWER) low = middle
    else high = middle
  }
  return high
}
