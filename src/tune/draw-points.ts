import {Fault} from '../base/fault.ts'
import {isWhole, type TrialPoint, type TunedRange} from './search-space.ts'

/**
 * The points of a search, the same for every recipe. One range is divided evenly, with both bounds among the values. Several
 * ranges share the points of a Halton sequence, which fill the space evenly for any number of trials, where a product of grids
 * would spend most trials on values that hardly matter. Values are rounded to three digits, those of whole numbers to one.
 *
 * @throws Fault 'usage' if there are too many ranges, or if rounding makes two points equal
 */
export function drawPoints(ranges: readonly TunedRange[], trials: number): readonly TrialPoint[] {
  if (ranges.length > BASES.length) {
    throw new Fault('usage', `--over takes at most ${BASES.length} ranges: ${ranges.length}`)
  }
  const values = ranges.map((range, axis) =>
    ranges.length === 1 ? gridOf(range, trials) : haltonOf(range, BASES[axis], trials),
  )
  const points = Array.from({length: trials}, (_, i) =>
    Object.fromEntries(ranges.map(({key}, axis) => [key, values[axis][i]])),
  )
  const distinct = new Set(points.map(point => JSON.stringify(point))).size
  if (distinct === trials) return points
  const keys = ranges.map(({key}) => key).join(' and ')
  throw new Fault('usage', `--trials ${trials}: ${keys} takes only ${distinct} different values within its bounds`)
}

/** The values of a range that is searched alone. */
export const gridOf = (range: TunedRange, trials: number): readonly number[] =>
  Array.from({length: trials}, (_, i) => valueAt(range, i / (trials - 1)))

/** The values of a range that is searched with others: a dimension of Halton's sequence. */
const haltonOf = (range: TunedRange, base: number, trials: number): readonly number[] =>
  Array.from({length: trials}, (_, i) => valueAt(range, radicalInverse(i + 1, base)))

/** The bases of Halton's sequence, one for each range; with more dimensions its first points would lie on lines. */
const BASES: readonly number[] = [2, 3, 5, 7]

/** Van der Corput's sequence: the digits of `i` in this base, mirrored at the radix point. */
function radicalInverse(i: number, base: number): number {
  let [value, weight] = [0, 1 / base]
  for (let rest = i; rest > 0; rest = Math.floor(rest / base)) {
    value += (rest % base) * weight
    weight /= base
  }
  return value
}

/** The value at a share of a range, rounded to `digits` digits, or to a whole number. */
export function valueAt({key, from, to, spacing}: TunedRange, share: number, digits = 3): number {
  if (share === 0) return from
  if (share === 1) return to
  const value = spacing === 'log' ? from * (to / from) ** share : from + share * (to - from)
  return isWhole(key) ? Math.round(value) : Number(value.toPrecision(digits))
}
