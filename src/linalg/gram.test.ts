import {afterAll, expect, test} from 'vitest'
import {diagonal, distance, gaussian, multiply, skewness, transposed, withSpectrum} from '../../test/models/matrices.ts'
import {type Matrix, matrix, openGemm} from '../engine/gemm.ts'
import {ownSvd, thinSvd} from './gram.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

/** Decomposes `a` and expects it back, with right angles and falling values. */
async function decompose(a: Matrix): Promise<Float64Array> {
  const kept = a.data.slice()
  const {short, s, long} = await thinSvd(a, gemm)
  const label = `${a.rows}x${a.cols}`
  expect(a.data, label).toEqual(kept)
  expect(s, label).toEqual(s.slice().sort().reverse())
  expect(s.at(-1)).toBeGreaterThanOrEqual(0)
  expect(skewness(short), label).toBeLessThan(1e-13)
  expect(skewness(long), label).toBeLessThan(1e-9)
  const back = multiply(transposed(short), multiply(diagonal(s), long))
  expect(distance(back, a), label).toBeLessThanOrEqual(1e-13 * s[0])
  return s
}

const geometric = (n: number, ratio: number) => Float64Array.from({length: n}, (_, i) => ratio ** (-i / (n - 1)))

test('matrices of every proportion are reconstructed', async () => {
  for (const [n, long] of [
    [1, 1],
    [1, 9],
    [2, 2],
    [3, 40],
    [70, 70],
    [100, 160],
  ]) {
    await decompose(gaussian(n, long))
  }
})

test('singular values are exact to rounding of the largest, however small', async () => {
  for (const condition of [1e2, 1e5, 1e7, 1e12]) {
    const values = geometric(80, condition)
    const s = await decompose(withSpectrum(values, 110))
    for (const [i, value] of s.entries()) expect(Math.abs(value - values[i]), `${condition}`).toBeLessThan(1e-14)
  }
})

test('singular values that repeat are each found as often as they occur', async () => {
  const values = Float64Array.from({length: 60}, (_, i) => (i < 20 ? 2 : i < 45 ? 1e-5 : 1e-9))
  const s = await decompose(withSpectrum(values, 60))
  for (const [i, value] of s.entries()) expect(Math.abs(value - values[i])).toBeLessThan(1e-14)
  expect(await decompose(diagonal(new Float64Array(40).fill(3)))).toEqual(new Float64Array(40).fill(3))
})

test('beyond the rank, the values are zero and the basis is complete', async () => {
  const s = await decompose(multiply(gaussian(90, 7), gaussian(7, 120)))
  expect(s[6]).toBeGreaterThan(1)
  expect(s.subarray(7)).toEqual(new Float64Array(83))

  const twice = gaussian(64, 64)
  twice.data.copyWithin(32 * 64, 0, 32 * 64)
  expect((await decompose(twice)).subarray(32)).toEqual(new Float64Array(32))
})

test('zero has zero singular values and orthonormal vectors', async () => {
  for (const [n, long] of [
    [1, 1],
    [1, 5],
    [30, 30],
    [20, 50],
  ]) {
    expect(await decompose(matrix(n, long))).toEqual(new Float64Array(n))
  }
})

test('values near the limits of float32 neither vanish nor overflow', async () => {
  for (const scale of [1e-40, 1e37]) {
    const a = gaussian(40, 50)
    const s = await decompose(
      matrix(
        40,
        50,
        a.data.map(x => x * scale),
      ),
    )
    expect(s[39]).toBeGreaterThan(0.1 * scale)
  }
})

test('u diag(s) v is the weight, for a tall one and a wide one', async () => {
  for (const [out, input] of [
    [90, 40],
    [40, 90],
  ]) {
    const weight = new Float32Array(gaussian(out, input).data)
    const {u, s, v} = await ownSvd(weight, [out, input], gemm)
    const [left, right] = [matrix(out, 40, new Float64Array(u)), matrix(40, input, new Float64Array(v))]
    const back = multiply(left, multiply(diagonal(s), right))
    expect(distance(back, matrix(out, input, new Float64Array(weight)))).toBeLessThan(3e-6)
  }
})

test('a transposed weight has u and v exchanged', async () => {
  const a = gaussian(33, 70)
  const wide = await ownSvd(new Float32Array(a.data), [33, 70], gemm)
  const tall = await ownSvd(new Float32Array(transposed(a).data), [70, 33], gemm)
  expect(tall.s).toEqual(wide.s)
  expect(new Float32Array(transposed(matrix(70, 33, new Float64Array(tall.u))).data)).toEqual(wide.v)
})
