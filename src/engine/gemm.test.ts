import {afterAll, expect, test} from 'vitest'
import {distance, gaussian, multiply, transposed} from '../../test/models/matrices.ts'
import {matrix, openGemm, slab} from './gemm.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

test('a product equals the plain sum, whichever sides are transposed', async () => {
  for (const [m, k, n] of [
    [1, 1, 1],
    [1, 7, 1],
    [5, 1, 3],
    [33, 70, 17],
  ]) {
    const a = gaussian(m, k, 1)
    const b = gaussian(k, n, 2)
    const expected = multiply(a, b)
    expect(distance(await gemm(a, b), expected)).toBeLessThan(1e-13)
    expect(distance(await gemm(transposed(a), b, {transA: true}), expected)).toBeLessThan(1e-13)
    expect(distance(await gemm(a, transposed(b), {transB: true}), expected)).toBeLessThan(1e-13)
    expect(distance(await gemm(transposed(a), transposed(b), {transA: true, transB: true}), expected)).toBeLessThan(
      1e-13,
    )
  }
})

test('a product is taken from another matrix, also in its own place', async () => {
  const a = gaussian(40, 9, 1)
  const b = gaussian(9, 50, 2)
  const c = gaussian(40, 50, 3)
  const kept = c.data.slice()
  const product = multiply(a, b)
  const expected = matrix(
    40,
    50,
    c.data.map((x, i) => x - product.data[i]),
  )

  expect(distance(await gemm(a, b, {from: c}), expected)).toBeLessThan(1e-13)
  expect(c.data).toEqual(kept)
  const inPlace = await gemm(a, b, {from: c, into: c.data})
  expect(inPlace.data).toBe(c.data)
  expect(distance(c, expected)).toBeLessThan(1e-13)
})

test('views into larger matrices are read and written where they are', async () => {
  const a = gaussian(30, 20, 1)
  const b = gaussian(60, 10, 2)
  const y = matrix(12, 10, new Float64Array(120).fill(7))
  await gemm(slab(a, 5, 9), slab(b, 40), {into: slab(y, 3, 7).data})

  expect(distance(slab(y, 3, 7), multiply(slab(a, 5, 9), slab(b, 40)))).toBeLessThan(1e-13)
  expect(slab(y, 0, 3).data.every(x => x === 7)).toBe(true)
  expect(slab(y, 7).data.every(x => x === 7)).toBe(true)
})

test('the same product gives the same bits, from another engine too', async () => {
  const other = openGemm()
  const a = gaussian(130, 210, 1)
  const b = gaussian(210, 90, 2)
  const first = await gemm(a, b)
  expect((await gemm(a, b)).data).toEqual(first.data)
  expect((await other.gemm(a, b)).data).toEqual(first.data)
  await other.dispose()
})
