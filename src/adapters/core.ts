import type {Named} from '../engine/program.ts'
import * as tf from '../tensor/tf.ts'
import {bandProduct, bandWidth} from './band.ts'
import {bandedPlaces, type Pattern, type Places} from './pattern.ts'
import {remembered} from './remembered.ts'

/** C = Σ + M, the n × n matrix in the middle of W′ = U C Vᵀ, as what it does to rows. */
export interface Core {
  /** h (N, n) → h C, or h Cᵀ where `transposed`. */
  times(h: tf.Tensor2D, options: {readonly transposed: boolean}): tf.Tensor2D
}

/** Multiplications that C costs for each number of a product: none for a diagonal, n for a dense matrix. */
export const coreWidth = (pattern: Pattern, n: number, d: number) =>
  pattern === 'plain' ? 0 : pattern === 'banded' ? bandWidth(n, d) : n

/**
 * C of the singular values `s_pre` (n) and M's numbers `m` (k) at their places `s_row`, `s_col` (k): a vector where M is
 * a diagonal, blocks where it is a band, and else a dense matrix.
 */
export function core(
  m: tf.Tensor,
  at: Named<tf.Tensor>,
  {pattern, d}: {readonly pattern: Pattern; readonly d: number},
): Core {
  const [n] = at.s_pre.shape
  if (pattern === 'plain') {
    const diagonal = tf.add(at.s_pre, m)
    return {times: h => tf.mul(h, diagonal)}
  }
  const numbers = tf.concat([m, at.s_pre]) as tf.Tensor1D
  if (pattern === 'banded' && bandWidth(n, d) < n) {
    const band = {n, d, places: placesOf(n, d)}
    return {times: (h, {transposed}) => bandProduct(h, numbers, {band, transposed})}
  }
  const across = tf.range(0, n * n, n + 1, 'int32') // Σ's places in an n × n matrix, row by row
  const places = tf.concat([tf.add(tf.mul(at.s_row, tf.scalar(n, 'int32')), at.s_col), across]) as tf.Tensor1D
  const C = tf.reshape(tf.unsortedSegmentSum(numbers, places, n * n), [n, n])
  return {times: (h, {transposed}) => tf.matMul(h, C, false, transposed)}
}

/** Of M's numbers in a band, and of Σ's behind them. */
const placesOf = remembered((n: number, d: number) => join(bandedPlaces(n, d), bandedPlaces(n, 0)))

const join = (a: Places, b: Places): Places => ({
  rows: Int32Array.from([...a.rows, ...b.rows]),
  columns: Int32Array.from([...a.columns, ...b.columns]),
})
