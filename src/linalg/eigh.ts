import {type Gemm, type Matrix, matrix} from '../engine/gemm.ts'
import {ql} from './ql.ts'
import {rotate} from './rotations.ts'
import {tridiagonalise} from './tridiagonal.ts'

/** The eigenvalues of a symmetric matrix (n, n), falling, and its eigenvectors, one per row. Overwrites `a`. */
export async function eigh(a: Matrix, gemm: Gemm): Promise<{values: Float64Array; vectors: Matrix}> {
  const {diagonal, offDiagonal, rows} = await tridiagonalise(a, gemm)
  await rotate(rows, ql(diagonal, offDiagonal), gemm)

  const n = a.rows
  const order = [...diagonal.keys()].sort((i, j) => diagonal[j] - diagonal[i])
  const vectors = matrix(n, n)
  for (const [to, from] of order.entries()) vectors.data.set(rows.data.subarray(from * n, (from + 1) * n), to * n)
  return {values: Float64Array.from(order, i => diagonal[i]), vectors}
}
