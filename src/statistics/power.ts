import {type ErrorVariance, margin} from './behrens-fisher.ts'
import {normalTail} from './normal.ts'
import {criticalT} from './student.ts'

export interface PowerOptions {
  /** Seeds of the reference, and new ones. */
  readonly reference: number
  readonly fresh: number
  /** Of this one comparison. */
  readonly alpha: number
}

/**
 * How likely `judgeScores` calls a mean fallen that has fallen by `shift` standard deviations of single seeds: the
 * tail of the noncentral t distribution, integrated over what the reference's standard deviation may come out as.
 */
export const power = (shift: number, judging: PowerOptions): number => powerOf(judging)(shift)

function powerOf({reference, fresh, alpha}: PowerOptions): (shift: number) => number {
  const df = reference - 1
  const critical = criticalT(2 * alpha, df)
  const end = 1 + 8 / Math.sqrt(2 * df)
  return shift => {
    const moved = shift / Math.sqrt(1 / reference + 1 / fresh)
    let whole = 0
    let found = 0
    for (let i = 1; i < NODES; i++) {
      const s = (end * i) / NODES // the measured standard deviation over the true one: √(χ² / df)
      const height = Math.exp((df - 1) * Math.log(s) - (df * (s * s - 1)) / 2)
      whole += height
      found += height * normalTail(critical * s - moved)
    }
    return found / whole
  }
}

const NODES = 400

/** The power at which a detectable difference is stated. */
export const POWER = 0.8

/** The smallest fall, in standard deviations of single seeds, that `judgeScores` finds with probability `POWER`. */
export const detectableShift = (judging: PowerOptions): number => smallestDetectable(powerOf(judging))

/**
 * The smallest true difference that `judge` calls deviating with probability `POWER`, if seeds vary as much as
 * `variances` says they do. The margin that a difference has to exceed is itself uncertain, as it rests on the variance that few seeds
 * happen to show: the probability is integrated over what that may come out as.
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

/** What the measured variance of seeds may come out as, to the true one: χ² / degrees, in even steps of its root. */
function measuredRatios({seeds, degrees}: ErrorVariance): {readonly ratio: number; readonly weight: number}[] {
  if (seeds === 0) return [{ratio: 1, weight: 1}]
  const reach = 6 / Math.sqrt(2 * degrees)
  const [from, to] = [Math.max(0, 1 - reach), 1 + reach]
  const count = degrees < 3 ? 64 : 16 // the fewer degrees, the wider it spreads
  const all = Array.from({length: count}, (_, i) => {
    const s = from + ((to - from) * (i + 0.5)) / count
    return {ratio: s * s, weight: Math.exp((degrees - 1) * Math.log(s) - (degrees * (s * s - 1)) / 2)}
  })
  const whole = all.reduce((sum, {weight}) => sum + weight, 0)
  return all.map(({ratio, weight}) => ({ratio, weight: weight / whole}))
}

/** The least shift whose power, which grows with it, is `POWER`. */
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
