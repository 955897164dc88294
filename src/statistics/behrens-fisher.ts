import {variance} from './mean-variance.ts'
import {normalDensity, normalTail} from './normal.ts'

/** The two parts of the variance of a difference whose true value is 0. */
export interface ErrorVariance {
  /** The sampling error of the items, which is known. */
  readonly items: number
  /** The variance between seeds, estimated with so many degrees of freedom. */
  readonly seeds: number
  readonly degrees: number
}

/**
 * The two-sided p-value of a difference: the tails of the normal distribution, averaged over all true variances between
 * seeds that the estimate may come from (Behrens 1929, Fisher 1935). It is Student's t where items have no sampling error,
 * the normal distribution where seeds do not vary, and conservative in between. The degrees of freedom of Welch and
 * Satterthwaite are not: they grow without bound where two or three seeds happen to lie close together.
 */
export function pValue(difference: number, variances: ErrorVariance): number {
  if (variances.items + variances.seeds === 0) return difference === 0 ? 1 : 0
  return posteriorDeviations(variances).reduce(
    (sum, {weight, sd}) => sum + weight * 2 * normalTail(Math.abs(difference) / sd),
    0,
  )
}

/** The difference whose p-value is `p`: half the width of an interval. */
export function margin(p: number, variances: ErrorVariance): number {
  if (variances.items + variances.seeds === 0) return 0
  const all = posteriorDeviations(variances)
  let away = 0
  for (let i = 0; i < 100; i++) {
    let [tail, density] = [0, 0]
    for (const {weight, sd} of all) {
      tail += weight * 2 * normalTail(away / sd)
      density += (weight * 2 * normalDensity(away / sd)) / sd
    }
    const step = (tail - p) / density // the tail is convex: Newton's steps never go too far
    away += step
    if (Math.abs(step) < 1e-6 * away) break // they double the digits
  }
  return away
}

const NODES = 120

/** Standard deviations that the difference may have, each with how likely it is. */
function posteriorDeviations({items, seeds, degrees}: ErrorVariance): {readonly weight: number; readonly sd: number}[] {
  if (seeds === 0) return [{weight: 1, sd: Math.sqrt(items)}]
  const from = -(12 / degrees + 6 / Math.sqrt(degrees)) // beyond these ends the bell is below 1e-7 of its height
  const to = Math.min(6 / Math.sqrt(degrees), 2.3)
  const places = Array.from({length: NODES + 1}, (_, i) => {
    const log = from + ((to - from) * i) / NODES
    const ratio = Math.exp(2 * log) // the measured variance to the true one: χ² / degrees
    return {weight: Math.exp(degrees * (log - (ratio - 1) / 2)), sd: Math.sqrt(items + seeds / ratio)}
  })
  const whole = places.reduce((sum, {weight}) => sum + weight, 0)
  return places.map(({weight, sd}) => ({weight: weight / whole, sd}))
}

/** How much scores vary with the seed, by so many degrees of freedom; none where nothing has a second seed. */
export interface SeedVariance {
  readonly variance: number
  readonly degrees: number
}

/** Of methods that are taken to vary alike: a list of scores each. */
export function pooledVariance(methods: readonly (readonly number[])[]): SeedVariance {
  const several = methods.filter(({length}) => length > 1)
  const degrees = several.reduce((sum, {length}) => sum + length - 1, 0)
  const squares = several.reduce((sum, scores) => sum + variance(scores)! * (scores.length - 1), 0)
  return {variance: degrees === 0 ? 0 : squares / degrees, degrees}
}
