import {gridOf, valueAt} from './draw-points.ts'
import {isAllowed, isWhole, type TunedRange} from './search-space.ts'

/** A range that is wider on one side, and the number of trials whose values contain those of the former range. */
export interface WiderRange {
  readonly wider: TunedRange
  /** The number of trials; undefined if none does. */
  readonly trials?: number
}

type Side = 'lowest' | 'highest'

/**
 * Widens a range on one side, as far as values may lie there; undefined if no value may. A range that is searched alone, with
 * `trials` values, grows by whole steps, about a third of those it has.
 */
export function widen(range: TunedRange, side: Side, trials = 1): WiderRange | undefined {
  const steps = trials - 1
  for (let more = Math.round(steps / 3) || Math.min(steps, 1); more > 0; more--) {
    const wider = alignedRange(range, side, {steps, more})
    if (wider) return {wider, trials: trials + more}
  }
  const wider = looserRange(range, side)
  return wider && {wider}
}

/** A range that is `more` steps wider than one of `steps` steps, and has its values; undefined if no bound gives one. */
function alignedRange(
  range: TunedRange,
  side: Side,
  {steps, more}: {readonly steps: number; readonly more: number},
): TunedRange | undefined {
  const former = gridOf(range, steps + 1)
  const total = steps + more + 1
  const share = side === 'lowest' ? -more / steps : 1 + more / steps
  return PRECISIONS.flatMap(digits => moveBound(range, side, valueAt(range, share, digits)) ?? []).find(wider => {
    const values = new Set(gridOf(wider, total))
    return values.size === total && former.every(value => values.has(value))
  })
}

/** The digits of a wider bound: as few as keep the values between the bounds. */
const PRECISIONS: readonly number[] = [3, 4, 5, 6, 7, 8]

/** A range that is twice as wide, or with logarithmic spacing a factor of ten; if that is too wide, one halfway to 0 or to 1. */
function looserRange(range: TunedRange, side: Side): TunedRange | undefined {
  const {key, from, to, spacing} = range
  const tries =
    side === 'lowest'
      ? [spacing === 'log' ? from / 10 : from - (to - from), from / 2]
      : [spacing === 'log' ? to * 10 : to + (to - from), (to + 1) / 2]
  const bounds = tries.map(bound => (isWhole(key) ? Math.round(bound) : Number(bound.toPrecision(3))))
  return bounds.flatMap(bound => moveBound(range, side, bound) ?? [])[0]
}

/** A range up to another bound; undefined if that is no wider, or if no value may lie there. */
function moveBound(range: TunedRange, side: Side, bound: number): TunedRange | undefined {
  const isWider = side === 'lowest' ? bound < range.from : bound > range.to
  if (!isWider || !isAllowed(range.key, bound)) return undefined
  return side === 'lowest' ? {...range, from: bound} : {...range, to: bound}
}
