import {type Matrix, matrix} from '../../src/engine/gemm.ts'
import {random} from '../../src/tensor/random.ts'

/** Matrices for tests, and the slow, obvious arithmetic to compare with. */
export function gaussian(rows: number, cols: number, seed = 0): Matrix {
  const source = random(seed, `${rows}x${cols}`)
  return matrix(
    rows,
    cols,
    Float64Array.from({length: rows * cols}, () => source.normal()),
  )
}

export const copy = ({rows, cols, data}: Matrix): Matrix => matrix(rows, cols, data.slice())

export function symmetric(n: number): Matrix {
  const a = gaussian(n, n)
  const b = transposed(a)
  return matrix(
    n,
    n,
    a.data.map((x, i) => x + b.data[i]),
  )
}

export function multiply(a: Matrix, b: Matrix): Matrix {
  const y = matrix(a.rows, b.cols)
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.cols; k++) {
      const factor = a.data[i * a.cols + k]
      for (let j = 0; j < b.cols; j++) y.data[i * b.cols + j] += factor * b.data[k * b.cols + j]
    }
  }
  return y
}

export function transposed({rows, cols, data}: Matrix): Matrix {
  return matrix(
    cols,
    rows,
    Float64Array.from({length: data.length}, (_, at) => data[(at % rows) * cols + Math.floor(at / rows)]),
  )
}

/** A square matrix with these numbers on its diagonal. */
export function diagonal(values: ArrayLike<number>): Matrix {
  const y = matrix(values.length, values.length)
  for (let i = 0; i < values.length; i++) y.data[i * values.length + i] = values[i]
  return y
}

/** Orthonormal rows, by the modified Gram–Schmidt method, twice. */
export function orthonormal(rows: number, cols: number, seed = 0): Matrix {
  const y = gaussian(rows, cols, seed)
  for (let i = 0; i < rows; i++) {
    const row = y.data.subarray(i * cols, (i + 1) * cols)
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = y.data.subarray(j * cols, (j + 1) * cols)
        const along = row.reduce((sum, x, k) => sum + x * other[k], 0)
        for (let k = 0; k < cols; k++) row[k] -= along * other[k]
      }
    }
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    for (let k = 0; k < cols; k++) row[k] /= length
  }
  return y
}

/** A matrix (values.length, cols) with these singular values. */
export function withSpectrum(values: ArrayLike<number>, cols: number): Matrix {
  const n = values.length
  return multiply(orthonormal(n, n, 1), multiply(diagonal(values), orthonormal(n, cols, 2)))
}

/** The largest difference between two matrices. */
export function distance(a: Matrix, b: Matrix): number {
  if (a.rows !== b.rows || a.cols !== b.cols) return Number.NaN
  return a.data.reduce((most, x, i) => Math.max(most, Math.abs(x - b.data[i])), 0)
}

/** How far rows are from orthonormal ones: the largest entry of Y Yᵀ − I. */
export const skewness = (y: Matrix): number =>
  distance(multiply(y, transposed(y)), diagonal(new Float64Array(y.rows).fill(1)))
