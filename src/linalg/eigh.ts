import {type Gemm, type Matrix, matrix, row} from '../engine/gemm.ts'
import {ql} from './ql.ts'
import {rotate} from './rotations.ts'
import {tridiagonalize} from './tridiagonal.ts'

/** The eigenvalues of a symmetric matrix (n, n), falling, and its eigenvectors, one per row. Overwrites `a`. */
export async function eigh(a: Matrix, gemm: Gemm): Promise<{values: Float64Array; vectors: Matrix}> {
  const {diagonal, offDiagonal, rows} = await tridiagonalize(a, gemm)
  await rotate(rows, ql(diagonal, offDiagonal), gemm)

  const order = [...diagonal.keys()].sort((i, j) => diagonal[j] - diagonal[i])
  return {values: Float64Array.from(order, i => diagonal[i]), vectors: permuted(rows, order)}
}

/** The rows of a matrix in another order. */
export function permuted(m: Matrix, order: readonly number[]): Matrix {
  const to = matrix(m.rows, m.cols)
  for (const [i, from] of order.entries()) to.data.set(row(m, from), i * m.cols)
  return to
}
