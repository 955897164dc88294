import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {describeUnknownKey} from '../recipes/file/diagnose.ts'
import {accepts, describeSchemas, type JsonSchema, schemasAt} from '../recipes/file/json-schema.ts'
import type {RecordedSearch} from '../recipes/file/search/recorded-search.ts'

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
  const outside = [from, to].find(bound => !isAllowed(key, bound))
  if (outside !== undefined) return refuse(`${key} must be ${describeSchemas(numbers)}, and ${outside} is not`)
  return {key, from, to, spacing: spacing as TunedRange['spacing']}
}

/** Whether a recipe may have this number at a key. */
export const isAllowed = (key: string, value: number): boolean => numbersAt(key).some(shape => accepts(shape, value))

/** Whether the numbers at a key are whole. */
export const isWhole = (key: string): boolean => numbersAt(key).every(({type}) => type === 'integer')

const numbersAt = (key: string): JsonSchema[] =>
  schemasAt(key.split('.')).filter(({type}) => type === 'number' || type === 'integer')

/** Ranges as a recipe records them. */
export const recordRanges = (ranges: readonly TunedRange[]): RecordedSearch['over'] =>
  Object.fromEntries(ranges.map(({key, ...range}) => [key, range]))

/** The values of a point as overrides of a recipe: `train.lr=0.001`. */
export const pointOverrides = (point: TrialPoint): string[] =>
  Object.entries(point).map(([key, value]) => `${key}=${value}`)

/** `train.lr=0.001`, or several with spaces between them. */
export const pointText = (point: TrialPoint): string => pointOverrides(point).join(' ')
