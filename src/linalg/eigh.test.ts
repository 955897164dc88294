import {afterAll, expect, test} from 'vitest'
import {
  copy,
  diagonal,
  distance,
  multiply,
  orthonormal,
  skewness,
  symmetric,
  transposed,
} from '../../test/models/matrices.ts'
import {openGemm} from '../engine/gemm.ts'
import {eigh} from './eigh.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

test('eigenvalues fall, and the eigenvectors reconstruct the matrix', async () => {
  for (const n of [1, 2, 3, 65, 140]) {
    const a = symmetric(n)
    const {values, vectors} = await eigh(copy(a), gemm)
    expect(values).toEqual(values.slice().sort().reverse())
    expect(skewness(vectors), `n ${n}`).toBeLessThan(1e-13)
    expect(distance(multiply(transposed(vectors), multiply(diagonal(values), vectors)), a)).toBeLessThan(1e-12)
  }
})

test('repeated eigenvalues have orthonormal eigenvectors too', async () => {
  const q = orthonormal(90, 90)
  const values = Float64Array.from({length: 90}, (_, i) => (i < 30 ? 5 : i < 70 ? 1 : 0))
  const found = await eigh(multiply(transposed(q), multiply(diagonal(values), q)), gemm)
  for (const [i, value] of found.values.entries()) expect(Math.abs(value - values[i])).toBeLessThan(1e-13)
  expect(skewness(found.vectors)).toBeLessThan(1e-13)
})
