import * as fused from '../tensor/fused.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import type {Layer} from './layers/layers.ts'
import {firstAngles} from './layers/rotary.ts'

// How a decoder rotates queries and keys. Shapes: B batch, T tokens, H heads, D head size, R the entries of a head that are rotated.

/** Rotates heads (B, H, T, D) by the positions of their tokens. A model of learned positions does not use it. */
export type Rotate = Layer

export type RotateAt = (layer: number) => Rotate

/** The angles of a model that rotates. */
export interface RotaryAngles {
  /**
   * cos and sin of positions `from` … `from + count − 1`, each (count, R / 2), or those of several ropes side by side; absent
   * where no layer rotates.
   */
  rotary?(from: number, count: number, options?: {readonly long?: boolean}): {cos: Float32Array; sin: Float32Array}
  /** The number of tokens above which a text has the angles of long texts, if there are any. */
  readonly longAbove?: number | undefined
  /** The columns of cos and sin by which a layer rotates, if any; default: all, in every layer. */
  columns?(layer: number): readonly [first: number, count: number] | undefined
}

export interface ColumnAngles {
  /** cos and sin of its position, each one row, for a model that rotates. */
  readonly cos?: Tensor
  readonly sin?: Tensor
  /** Those for long texts, for a model with other angles there. */
  readonly longCos?: Tensor
  readonly longSin?: Tensor
}

/** cos and sin of the first T positions, each T rows; none for a model that does not rotate. */
export const anglesOf = (
  {rotary, longAbove}: RotaryAngles,
  T: number,
  options?: {readonly long: boolean},
): readonly Tensor[] => (rotary ? firstAngles({rotary, longAbove}, T, options) : [])

/** Rotates the rows that `real` (B, T) marks: those of more real tokens than `longAbove` by the angles of long texts. */
export function rotationOfRows(model: RotaryAngles, real: Tensor2D): RotateAt {
  const [, T] = real.shape
  const {longAbove} = model
  const short = rotation(model, anglesOf(model, T, {long: false}))
  if (longAbove === undefined || T <= longAbove) return short
  return chosen(isAbove(real, longAbove), rotation(model, anglesOf(model, T, {long: true})), short)
}

/** Rotates the next token of each row, after the tokens that `real` (B, S) marks. */
export function rotationOfColumn(
  model: RotaryAngles,
  real: Tensor2D,
  {cos, sin, longCos, longSin}: ColumnAngles,
): RotateAt {
  const {longAbove} = model
  const short = rotation(model, cos && sin ? [cos, sin] : [])
  if (longAbove === undefined || !longCos || !longSin) return short
  return chosen(isAbove(real, longAbove - 1), rotation(model, [longCos, longSin]), short) // the token itself counts too
}

/** Rotates by these angles, cos and sin; without any, it leaves heads as they are. */
export function rotation({columns}: RotaryAngles, [cos, sin]: readonly Tensor[]): RotateAt {
  if (!cos || !sin) return () => x => x
  if (!columns) return () => x => fused.rotate(x, cos, sin)
  return layer => {
    const found = columns(layer)
    if (!found) return x => x
    const [first, count] = found
    const part = (angles: Tensor) => tf.slice(angles, [0, first], [angles.shape[0], count])
    return x => fused.rotate(x, part(cos), part(sin))
  }
}

/** Rotates the rows that `isLong` (B, 1, 1, 1) marks by one function and the others by another. */
const chosen =
  (isLong: Tensor, longAt: RotateAt, shortAt: RotateAt): RotateAt =>
  layer => {
    const [long, short] = [longAt(layer), shortAt(layer)]
    return x => tf.add(tf.mul(long(x), isLong), tf.mul(short(x), tf.sub(1, isLong)))
  }

/** 1 for rows with more than `count` real tokens, else 0: (B, T) → (B, 1, 1, 1). */
function isAbove(real: Tensor2D, count: number): Tensor {
  const above = tf.greater(countReal(real), tf.scalar(count, 'int32'))
  return tf.reshape(tf.cast(above, 'float32'), [real.shape[0], 1, 1, 1])
}

// Tokens are counted in integers: bfloat16 has no odd ones above 256.

/** The number of real tokens of each row: (B, T) → (B, 1). */
export const countReal = (real: Tensor2D) => tf.sum(tf.cast(real, 'int32'), 1, true) as Tensor2D

/** The number of real tokens before each token of a row: (B, T) → (B, T). */
export const realBefore = (real: Tensor2D) => tf.cumsum(tf.cast(real, 'int32'), 1, true) as Tensor2D
