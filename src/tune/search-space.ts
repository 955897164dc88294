import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {describeUnknownKey} from '../recipes/file/diagnose.ts'
import {describeSchemas, type JsonSchema, schemasAt} from '../recipes/file/json-schema.ts'
import type {RecordedSearch} from '../recipes/file/search.ts'

/** The bounds of one tuned value. */
export interface TunedRange extends Readonly<RecordedSearch['over'][string]> {
  /** The value's path, like `train.lr`. */
  readonly key: string
}

/** A value for each tuned key, in the order of the ranges. */
export type TrialPoint = Readonly<Record<string, number>>

/** Parses `--over` flags like `train.lr=1e-4..1e-1:log`. @throws Fault 'usage' */
export function parseRanges(texts: readonly string[]): readonly TunedRange[] {
  const ranges = texts.map(parseRange)
  const twice = ranges.find(({key}, i) => ranges.findIndex(other => other.key === key) < i)
  if (twice) throw new Fault('usage', `--over gives ${twice.key} twice; give each value one range`)
  if (ranges.length > BASES.length) {
    throw new Fault('usage', `--over takes at most ${BASES.length} ranges: ${ranges.length}`)
  }
  return ranges
}

function parseRange(text: string): TunedRange {
  const [, key, low, high, spacing = 'linear'] = /^([^=]+)=([^:]+?)\.\.([^:]+?)(?::(log|linear))?$/.exec(text) ?? []
  const [from, to] = [Number(low), Number(high)]
  const refuse = (reason: string): never => {
    throw new Fault('usage', `--over ${escapeLine(text, 60)}: ${reason}`)
  }
  if (!key || !Number.isFinite(from) || !Number.isFinite(to)) {
    return refuse('takes key=from..to, with :log for logarithmic spacing, like train.lr=1e-4..1e-1:log')
  }
  const path = key.split('.')
  if (path.length !== 2 || !['train', 'adapter'].includes(path[0])) {
    return refuse('only values of train and adapter can be tuned, like train.lr, train.weightDecay or adapter.alpha')
  }
  const shapes = schemasAt(path)
  if (shapes.length === 0) return refuse(describeUnknownKey([path[0]], path[1]).message)
  const numbers = numbersAt(key)
  if (numbers.length === 0) return refuse(`${key} is not a number`)
  if (from >= to) return refuse('the lower bound must be below the upper bound')
  if (spacing === 'log' && from <= 0) return refuse('the bounds of logarithmic spacing must be above 0')
  const outside = [from, to].find(bound => !numbers.some(shape => isWithin(bound, shape)))
  if (outside !== undefined) return refuse(`${key} must be ${describeSchemas(numbers)}, and ${outside} is not`)
  return {key, from, to, spacing: spacing as TunedRange['spacing']}
}

/** Whether a number is within the bounds of a schema. */
function isWithin(value: number, {minimum, maximum, exclusiveMinimum, exclusiveMaximum}: JsonSchema): boolean {
  const [least, most] = [minimum ?? Number.NEGATIVE_INFINITY, maximum ?? Number.POSITIVE_INFINITY]
  const [above, below] = [exclusiveMinimum ?? Number.NEGATIVE_INFINITY, exclusiveMaximum ?? Number.POSITIVE_INFINITY]
  return value >= least && value <= most && value > above && value < below
}

/** A range that is wider on one side, and the number of trials whose values contain those of the former range. */
export interface WiderRange {
  readonly wider: TunedRange
  /** Undefined if no number of trials does. */
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
  const isWhole = numbersAt(key).every(({type}) => type === 'integer')
  const bounds = tries.map(bound => (isWhole ? Math.round(bound) : Number(bound.toPrecision(3))))
  return bounds.flatMap(bound => moveBound(range, side, bound) ?? [])[0]
}

/** A range up to another bound; undefined if that is no wider, or if no value may lie there. */
function moveBound(range: TunedRange, side: Side, bound: number): TunedRange | undefined {
  const isWider = side === 'lowest' ? bound < range.from : bound > range.to
  if (!isWider || !numbersAt(range.key).some(shape => isWithin(bound, shape))) return undefined
  return side === 'lowest' ? {...range, from: bound} : {...range, to: bound}
}

const numbersAt = (key: string): JsonSchema[] =>
  schemasAt(key.split('.')).filter(({type}) => type === 'number' || type === 'integer')

/**
 * The points of a search, the same for every recipe. One range is divided evenly, with both bounds among the values. Several
 * ranges share the points of a Halton sequence, which fill the space evenly for any number of trials, where a product of grids
 * would spend most trials on values that hardly matter. Values are rounded to three digits, those of whole numbers to one.
 *
 * @throws Fault 'usage' if rounding makes two points equal
 */
export function drawPoints(ranges: readonly TunedRange[], trials: number): readonly TrialPoint[] {
  const points = Array.from({length: trials}, (_, i) =>
    Object.fromEntries(
      ranges.map((range, axis) => {
        const share = ranges.length === 1 ? i / (trials - 1) : radicalInverse(i + 1, BASES[axis])
        return [range.key, valueAt(range, share)]
      }),
    ),
  )
  const distinct = new Set(points.map(point => JSON.stringify(point))).size
  if (distinct === trials) return points
  const keys = ranges.map(({key}) => key).join(' and ')
  throw new Fault('usage', `--trials ${trials}: ${keys} takes only ${distinct} different values within its bounds`)
}

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

/** The values of a range that is searched alone. */
const gridOf = (range: TunedRange, trials: number): readonly number[] =>
  Array.from({length: trials}, (_, i) => valueAt(range, i / (trials - 1)))

function valueAt({key, from, to, spacing}: TunedRange, share: number, digits = 3): number {
  if (share === 0) return from
  if (share === 1) return to
  const value = spacing === 'log' ? from * (to / from) ** share : from + share * (to - from)
  const isWhole = schemasAt(key.split('.')).every(({type}) => type === 'integer')
  return isWhole ? Math.round(value) : Number(value.toPrecision(digits))
}

/** Ranges as a recipe records them. */
export const recordRanges = (ranges: readonly TunedRange[]): RecordedSearch['over'] =>
  Object.fromEntries(ranges.map(({key, ...range}) => [key, range]))

/** The values of a point as overrides of a recipe: `train.lr=0.001`. */
export const pointOverrides = (point: TrialPoint): string[] =>
  Object.entries(point).map(([key, value]) => `${key}=${value}`)

/** `train.lr=0.001`, or several with spaces between them. */
export const pointText = (point: TrialPoint): string => pointOverrides(point).join(' ')
