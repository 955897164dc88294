import {normalAbove, normalDensity} from './normal.ts'
import {variance} from './sample.ts'

/** What a difference varies by where there is none: variances. */
export interface Luck {
  /** Of items, which is known. */
  readonly items: number
  /** Of seeds, estimated with so many degrees of freedom. */
  readonly seeds: number
  readonly degrees: number
}

/**
 * How likely luck alone makes a difference so large: the tail of the normal distribution, averaged over all variances of
 * seeds that the measured one may come from (Behrens 1929, Fisher 1935). It is Student's where items have no luck, the
 * normal one where seeds have none, and in between it errs on the safe side: the degrees of freedom of Welch and
 * Satterthwaite do not, as they come out endless where two or three seeds lie close together by chance.
 */
export function chance(difference: number, luck: Luck): number {
  if (luck.items + luck.seeds === 0) return difference === 0 ? 1 : 0
  return possible(luck).reduce((sum, {weight, sd}) => sum + weight * 2 * normalAbove(Math.abs(difference) / sd), 0)
}

/** The difference that luck exceeds with probability `p`: half of an interval. */
export function margin(p: number, luck: Luck): number {
  if (luck.items + luck.seeds === 0) return 0
  const all = possible(luck)
  let away = 0
  for (let i = 0; i < 100; i++) {
    let [tail, density] = [0, 0]
    for (const {weight, sd} of all) {
      tail += weight * 2 * normalAbove(away / sd)
      density += (weight * 2 * normalDensity(away / sd)) / sd
    }
    const step = (tail - p) / density // the tail is convex: Newton's steps never go too far
    away += step
    if (Math.abs(step) < 1e-6 * away) break // they double the digits
  }
  return away
}

const PLACES = 120

/** Standard deviations that the difference may have, each with how likely it is. */
function possible({items, seeds, degrees}: Luck): {readonly weight: number; readonly sd: number}[] {
  if (seeds === 0) return [{weight: 1, sd: Math.sqrt(items)}]
  const from = -(12 / degrees + 6 / Math.sqrt(degrees)) // beyond these ends the bell is below 1e-7 of its height
  const to = Math.min(6 / Math.sqrt(degrees), 2.3)
  const places = Array.from({length: PLACES + 1}, (_, i) => {
    const log = from + ((to - from) * i) / PLACES
    const ratio = Math.exp(2 * log) // the measured variance to the true one: χ² / degrees
    return {weight: Math.exp(degrees * (log - (ratio - 1) / 2)), sd: Math.sqrt(items + seeds / ratio)}
  })
  const whole = places.reduce((sum, {weight}) => sum + weight, 0)
  return places.map(({weight, sd}) => ({weight: weight / whole, sd}))
}

/** How much scores vary with the seed, by so many degrees of freedom; none where nothing has a second seed. */
export interface Spread {
  readonly variance: number
  readonly degrees: number
}

/** Of methods that are taken to vary alike: a list of scores each. */
export function commonSpread(methods: readonly (readonly number[])[]): Spread {
  const several = methods.filter(({length}) => length > 1)
  const degrees = several.reduce((sum, {length}) => sum + length - 1, 0)
  const squares = several.reduce((sum, scores) => sum + variance(scores)! * (scores.length - 1), 0)
  return {variance: degrees === 0 ? 0 : squares / degrees, degrees}
}
