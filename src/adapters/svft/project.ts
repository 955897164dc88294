import {memoize} from '../../base/memoize.ts'
import type {Named} from '../../engine/program.ts'
import {roundsTo16Bits, type Tensor, type Tensor1D, type Tensor2D, tf} from '../../tensor/tf.ts'
import {bandProduct, bandWidth} from './band.ts'
import {bandedPositions, type EntryPositions, type PatternSpec} from './pattern.ts'

/** C = Σ + M, the matrix in the middle of W′ = U C Vᵀ, of M's size, as a linear map of rows. */
export interface ProjectedCore {
  /** h (N, rows of C) → h C (N, columns of C); where `transposed`, h (N, columns of C) → h Cᵀ (N, rows of C). */
  times(h: Tensor2D, options: {readonly transposed: boolean}): Tensor2D
}

/** Multiplications by C for each value of h Cᵀ: none for a diagonal, all its columns for a dense matrix. */
export function coreWidth({pattern, d, area: [rows, columns]}: PatternSpec): number {
  if (pattern === 'plain') return 0
  return pattern === 'banded' ? Math.min(columns, bandWidth(Math.max(rows, columns), d)) : columns
}

type CoreTensors = Named<Tensor, 'sigma' | 'm' | 'm_row' | 'm_col'>

/**
 * Builds C from Σ's diagonal (n) and M's entries `m` (k) at rows `m_row` and columns `m_col` (k): a vector where M is a
 * diagonal, blocks where it is a band, and else a dense matrix. If sums are rounded to 16 bits, Σ and M are multiplied
 * one after the other: in Σ + M, small entries of M would be lost. The official code multiplies by Σ + M in float32.
 */
export function core(tensors: CoreTensors, spec: PatternSpec): ProjectedCore {
  if (!roundsTo16Bits()) return sum(tensors, spec)
  const {sigma} = tensors
  const {area} = spec
  const M = sum({...tensors, sigma: tf.zerosLike(sigma)}, spec)
  return {
    times(h, {transposed}) {
      const scaled = tf.mul(cutColumns(h, sigma.size), sigma) as Tensor2D
      return tf.add(M.times(h, {transposed}), padColumns(scaled, transposed ? area[0] : area[1]))
    },
  }
}

/** Σ + M as one matrix. */
function sum({sigma, m, m_row, m_col}: CoreTensors, {pattern, d, area: [rows, columns]}: PatternSpec): ProjectedCore {
  const [n] = sigma.shape
  if (pattern === 'plain') {
    const diagonal = tf.add(sigma, m)
    return {times: h => tf.mul(h, diagonal)}
  }
  const entries = tf.concat([m, sigma]) as Tensor1D
  const side = Math.max(rows, columns)
  if (pattern === 'banded' && bandWidth(side, d) < n) {
    const band = {n: side, d, positions: bandPositions(rows, columns, d)}
    return {
      times(h, {transposed}) {
        const product = bandProduct(padColumns(h, side), entries, {band, transposed})
        return cutColumns(product, transposed ? rows : columns)
      },
    }
  }
  const ofSigma = tf.range(0, n * (columns + 1), columns + 1, 'int32') // flat positions in C
  const ofM = tf.add(tf.mul(m_row, tf.scalar(columns, 'int32')), m_col)
  const positions = tf.concat([ofM, ofSigma]) as Tensor1D
  const C = tf.reshape(tf.unsortedSegmentSum(entries, positions, rows * columns), [rows, columns])
  return {times: (h, {transposed}) => tf.matMul(h, C, false, transposed)}
}

/** The positions of M's entries in a band, and of Σ's after them. */
const bandPositions = memoize((rows: number, columns: number, d: number) =>
  join(bandedPositions([rows, columns], d), bandedPositions([rows, columns], 0)),
)

/** Pads h with zero columns: a band that is not square is computed as a square one with empty rows or columns. */
const padColumns = (h: Tensor2D, columns: number): Tensor2D =>
  h.shape[1] === columns
    ? h
    : tf.pad(h, [
        [0, 0],
        [0, columns - h.shape[1]],
      ])

const cutColumns = (h: Tensor2D, columns: number): Tensor2D =>
  h.shape[1] === columns ? h : tf.slice(h, [0, 0], [h.shape[0], columns])

const join = (a: EntryPositions, b: EntryPositions): EntryPositions => ({
  rows: Int32Array.from([...a.rows, ...b.rows]),
  columns: Int32Array.from([...a.columns, ...b.columns]),
})
