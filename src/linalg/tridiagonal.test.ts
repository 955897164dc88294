import {afterAll, expect, test} from 'vitest'
import {copy, diagonal, distance, multiply, skewness, symmetric, transposed} from '../../test/models/matrices.ts'
import {openGemm} from '../engine/gemm.ts'
import {tridiagonalize} from './tridiagonal.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

test('a symmetric matrix becomes Q T Qᵀ', async () => {
  for (const n of [1, 2, 3, 4, 50, 51, 120]) {
    const a = symmetric(n)
    const {diagonal: d, offDiagonal, rows} = await tridiagonalize(copy(a), gemm)
    const t = diagonal(d)
    for (let i = 0; i < n - 1; i++) {
      t.data[i * n + i + 1] = offDiagonal[i]
      t.data[(i + 1) * n + i] = offDiagonal[i]
    }
    expect(offDiagonal[n - 1]).toBe(0)
    expect(skewness(rows), `n ${n}`).toBeLessThan(1e-13)
    expect(distance(multiply(transposed(rows), multiply(t, rows)), a), `n ${n}`).toBeLessThan(1e-12)
  }
})
