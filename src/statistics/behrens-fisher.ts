import {sum} from '../base/collections.ts'
import {normalDensity, normalTail} from './normal.ts'

/** The two parts of the variance of a difference of scores (0 to 1) under the hypothesis that the true difference is 0. */
export interface ErrorVariance {
  /** The sampling error of the test items, which is known. */
  readonly items: number
  /** The variance between seeds, an estimate with `degrees` degrees of freedom. */
  readonly seeds: number
  readonly degrees: number
}

/**
 * The two-sided p-value of a difference by the Behrens–Fisher method (Behrens 1929, Fisher 1935): the tail of the normal
 * distribution, averaged over the fiducial distribution of the true variance σ² between seeds, where ν s² / σ² is χ² with
 * ν degrees of freedom. It is Student's t if items have no sampling error, the normal distribution if seeds do not
 * vary, and conservative in between. Welch and Satterthwaite's degrees of freedom are not conservative: they grow without
 * bound if two or three seeds happen to lie close together.
 */
export function pValue(difference: number, variances: ErrorVariance): number {
  if (variances.items + variances.seeds === 0) return difference === 0 ? 1 : 0
  return deviations(variances).reduce(
    (sum, {weight, sd}) => sum + weight * 2 * normalTail(Math.abs(difference) / sd),
    0,
  )
}

/** The difference whose p-value is `p`, which is half the width of the 1 − p confidence interval. */
export function margin(p: number, variances: ErrorVariance): number {
  if (variances.items + variances.seeds === 0) return 0
  const all = deviations(variances)
  let difference = 0
  for (let i = 0; i < 100; i++) {
    let [tail, density] = [0, 0]
    for (const {weight, sd} of all) {
      tail += weight * 2 * normalTail(difference / sd)
      density += (weight * 2 * normalDensity(difference / sd)) / sd
    }
    const step = (tail - p) / density // the tail is convex, so Newton's method never overshoots
    difference += step
    if (Math.abs(step) < 1e-6 * difference) break // the next step would be its square
  }
  return difference
}

const INTERVALS = 120

/** A grid over the standard deviations that the difference may have; the weights sum to 1. */
function deviations({items, seeds, degrees}: ErrorVariance): {readonly weight: number; readonly sd: number}[] {
  if (seeds === 0) return [{weight: 1, sd: Math.sqrt(items)}]
  const from = -(12 / degrees + 6 / Math.sqrt(degrees)) // outside these ends the density is below 1e-7 of its peak
  const to = Math.min(6 / Math.sqrt(degrees), 2.3)
  const grid = Array.from({length: INTERVALS + 1}, (_, i) => {
    const log = from + ((to - from) * i) / INTERVALS
    const ratio = Math.exp(2 * log) // s² / σ² = χ² / ν
    return {weight: Math.exp(degrees * (log - (ratio - 1) / 2)), sd: Math.sqrt(items + seeds / ratio)}
  })
  const total = sum(grid.map(({weight}) => weight))
  return grid.map(({weight, sd}) => ({weight: weight / total, sd}))
}
