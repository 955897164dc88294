import type {Engine} from '../../src/engine/program.ts'

/** One measured error of a case. */
export interface Measure {
  readonly name: string
  /** A relative error; for exact comparisons the number of differences. */
  readonly error: number
  /** The largest error that passes; 0 for exact comparisons. */
  readonly tolerance: number
  /** The position of the error: a tensor's name, a line of a file. */
  readonly at?: string
}

/** An error and its position. */
export type Found = Pick<Measure, 'error' | 'at'>

/** NaN fails. */
export const passes = ({error, tolerance}: Measure) => error <= tolerance

type Values = ArrayLike<number> | undefined

/** How an engine's results are compared with a reference in float32. */
interface Precision {
  /** The error of values that a step returns. */
  readonly outputError: (ours: Values, theirs: Values) => number
  /** The error of a gradient. */
  readonly gradientError: (ours: Values, theirs: Values) => number
  /** The largest errors that pass, by the kind of measure; 0 for the others. */
  readonly limits: Readonly<Record<string, number>>
}

const FLOAT32: Precision = {
  outputError: relativeError,
  gradientError: relativeError,
  limits: {
    logits: 1e-4,
    loss: 1e-4,
    y: 1e-4,
    merged: 1e-4,
    grads: 1e-3,
    zeroGrads: 1e-5,
    losses: 1e-3,
    gradNorms: 1e-3,
    trainables: 1e-3,
    lrs: 1e-6,
    lr: 1e-6,
    scores: 1e-4,
  },
}

/**
 * Bfloat16 rounds a value by up to its 512th, and a tiny random model adds up many roundings, in single entries most of
 * all. So outputs are compared as whole vectors, ‖ours − theirs‖ / ‖theirs‖, and gradients by 1 − cos of the angle between
 * them. The limits are two to four times the errors on a processor with AVX-512 BF16.
 */
const BFLOAT16: Precision = {
  outputError: relativeL2,
  gradientError: (ours, theirs) => 1 - cosine(ours, theirs),
  limits: {
    logits: 6e-2,
    loss: 2e-2,
    y: 2e-2,
    merged: 2e-2,
    grads: 2e-2,
    zeroGrads: 1e-2,
    losses: 4e-2,
    gradNorms: 5e-2,
    trainables: 5e-2,
    lrs: 1e-6,
    lr: 1e-6,
    scores: 0.1,
    gaps: 0.1,
  },
}

export interface Comparison extends Pick<Precision, 'outputError' | 'gradientError'> {
  readonly bfloat16: boolean
  /** Creates a measure. `kind` selects its tolerance if it is not the name. */
  readonly judge: (name: string, found: Found | number, kind?: string) => Measure
}

/** Compares results of an engine; the tolerances of a case hold for engines that compute in float32. */
export function comparison(
  engine?: Pick<Engine, 'name'>,
  tolerance: Readonly<Record<string, number>> = {},
): Comparison {
  const bfloat16 = engine?.name === 'openvino'
  const {limits, ...errors} = bfloat16 ? BFLOAT16 : FLOAT32
  const own = bfloat16 ? {} : tolerance
  return {
    ...errors,
    bfloat16,
    judge: (name, found, kind = name) => ({
      name,
      ...(typeof found === 'number' ? {error: found} : found),
      tolerance: own[name] ?? own[kind] ?? limits[kind] ?? 0,
    }),
  }
}

/** Creates measures of results that no engine computes, with the tolerances of a case or else the defaults. */
export const judgeBy = (tolerance?: Readonly<Record<string, number>>) => comparison(undefined, tolerance).judge

/** Returns max |ours − theirs| / max |theirs|: 0 if both are all zeros, infinite if they cannot be compared. */
export function relativeError(ours: Values, theirs: Values): number {
  if (ours === undefined || theirs === undefined || ours.length !== theirs.length) return Infinity
  let [error, scale] = [0, 0]
  for (let i = 0; i < theirs.length; i++) {
    const difference = Math.abs(ours[i] - theirs[i])
    if (!Number.isFinite(difference)) return Infinity
    error = Math.max(error, difference)
    scale = Math.max(scale, Math.abs(theirs[i]))
  }
  return error === 0 ? 0 : error / scale
}

/** Returns ‖ours − theirs‖ / ‖theirs‖: 0 if both are all zeros, infinite if they cannot be compared. */
export function relativeL2(ours: Values, theirs: Values): number {
  if (ours === undefined || theirs === undefined || ours.length !== theirs.length) return Infinity
  let [error, norm] = [0, 0]
  for (let i = 0; i < theirs.length; i++) {
    error += (ours[i] - theirs[i]) ** 2
    norm += theirs[i] ** 2
  }
  if (!Number.isFinite(error)) return Infinity
  return error === 0 ? 0 : Math.sqrt(error / norm)
}

/**
 * Returns the cosine of the angle between two vectors: 1 if both are all zeros, 0 if one is, and NaN if they cannot be
 * compared.
 */
export function cosine(ours: Values, theirs: Values): number {
  if (ours === undefined || theirs === undefined || ours.length !== theirs.length) return NaN
  let [product, left, right] = [0, 0, 0]
  for (let i = 0; i < theirs.length; i++) {
    product += ours[i] * theirs[i]
    left += ours[i] ** 2
    right += theirs[i] ** 2
  }
  if (left === 0 && right === 0) return 1
  return product === 0 ? 0 : product / Math.sqrt(left * right)
}

/** Returns the largest element-wise relative error; where theirs is 0, ours must be 0. */
export function worstEntry(ours: ArrayLike<number>, theirs: ArrayLike<number>): Found {
  if (ours.length !== theirs.length) return {error: Infinity, at: `${ours.length} of ${theirs.length} entries`}
  return worst(Array.from(theirs, (value, i) => ({error: relativeError([ours[i]], [value]), at: `entry ${i}`})))
}

/** Returns the largest absolute difference. For logarithms, that is a relative error of their arguments. */
export function worstDifference(ours: readonly number[], theirs: readonly number[]): Found {
  if (ours.length !== theirs.length) return {error: Infinity, at: `${ours.length} of ${theirs.length} entries`}
  return worst(theirs.map((value, i) => ({error: Math.abs(ours[i] - value), at: `entry ${i}`})))
}

/** Returns the largest error, the first of equal ones; 0 for an empty list. */
export const worst = (all: readonly Found[]): Found => all.reduce((a, b) => (a.error >= b.error ? a : b), {error: 0})

/** Counts the differences of an exact comparison, and names the first. */
export const differences = (all: readonly string[]): Found => ({error: all.length, at: all[0]})
