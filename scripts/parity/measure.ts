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

/** The default tolerances, by the kind of measure. */
const LIMITS: Readonly<Record<string, number>> = {
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
}

/**
 * Tolerances in bfloat16, which rounds each value to 8 bits (0.4 %): two to four times the errors on a processor with
 * AVX-512 BF16.
 */
const BFLOAT16: Readonly<Record<string, number>> = {
  logits: 4e-2,
  loss: 5e-3,
  y: 1e-2,
  merged: 1e-2,
  dx: 1e-2,
  grad: 2e-2,
  grads: 8e-2,
  losses: 5e-3,
  gradNorms: 3e-2,
  trainables: 5e-2,
}

/** A measure with the tolerance of bfloat16 instead of float32; `grad.lora_A` has that of `grad`. */
export const inBfloat16 = (measure: Measure): Measure => ({
  ...measure,
  tolerance: BFLOAT16[measure.name.split('.')[0]] ?? measure.tolerance,
})

/**
 * Creates measures with the tolerances of a case, or else the defaults. `kind` selects the default if it is not the
 * name.
 */
export function judgeBy(tolerance: Readonly<Record<string, number>> = {}) {
  return (name: string, found: Found | number, kind = name): Measure => ({
    name,
    ...(typeof found === 'number' ? {error: found} : found),
    tolerance: tolerance[name] ?? tolerance[kind] ?? LIMITS[kind] ?? 0,
  })
}

/** Returns max |ours − theirs| / max |theirs|: 0 if both are all zeros, infinite if they cannot be compared. */
export function relativeError(ours: ArrayLike<number> | undefined, theirs: ArrayLike<number> | undefined): number {
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
