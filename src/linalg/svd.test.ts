import {afterEach, expect, test, vi} from 'vitest'
import {gaussian, withSpectrum} from '../../test/models/matrices.ts'
import {openGemm} from '../engine/gemm.ts'
import {svdErrors} from './check.ts'
import {openSvd} from './svd.ts'

afterEach(() => vi.unstubAllEnvs())

const float32 = (rows: number, cols: number) => new Float32Array(gaussian(rows, cols).data)

/** Every route that this machine has, by SVFT_LAPACK: the own one always. */
const ROUTES = ['none', '']

function openRoute(library = 'none') {
  vi.stubEnv('SVFT_LAPACK', library)
  return openSvd()
}

test('every algorithm decomposes every shape', async () => {
  const {gemm, dispose} = openGemm()
  for (const library of ROUTES) {
    const {svd, dispose: close} = openRoute(library)
    for (const shape of [
      [1, 1],
      [1, 9],
      [9, 1],
      [50, 50],
      [120, 30],
      [30, 120],
    ] as const) {
      const [out, input] = shape
      const weight = float32(out, input)
      const factors = await svd(weight, shape, {name: 'w'})
      const n = Math.min(out, input)
      expect([factors.u.length, factors.s.length, factors.v.length]).toEqual([out * n, n, n * input])
      expect(factors.s).toEqual(factors.s.slice().sort().reverse())
      for (const error of Object.values(await svdErrors(weight, shape, factors, gemm))) {
        expect(error, `${factors.route} ${shape}`).toBeLessThan(1.5e-7)
      }
    }
    await close()
  }
  await dispose()
})

test('both algorithms find the same singular values', async () => {
  const values = Float64Array.from({length: 60}, (_, i) => 10 ** (-i / 10))
  const weight = new Float32Array(withSpectrum(values, 90).data)
  for (const library of ROUTES) {
    const {svd, dispose} = openRoute(library)
    const {s} = await svd(weight, [60, 90], {name: 'w'})
    for (const [i, value] of s.entries()) expect(Math.abs(value - values[i])).toBeLessThan(2e-7)
    await dispose()
  }
})

test('a weight of rank 0 or 1 has complete bases by every algorithm', async () => {
  const {gemm, dispose} = openGemm()
  const one = Float32Array.from({length: 40 * 25}, (_, i) => Math.floor(i / 25) + 1)
  for (const library of ROUTES) {
    const {svd, dispose: close} = openRoute(library)
    for (const weight of [new Float32Array(1000), one]) {
      const factors = await svd(weight, [40, 25], {name: 'w'})
      const {u, v} = await svdErrors(weight, [40, 25], factors, gemm)
      expect(Math.max(u, v)).toBeLessThan(1.5e-7)
      expect(factors.s[1]).toBeLessThan(1e-5)
    }
    await close()
  }
  await dispose()
})

test('the same weight gives the same bits', async () => {
  const {svd, dispose} = openRoute()
  const weight = float32(90, 130)
  const first = await svd(weight, [90, 130], {name: 'w'})
  expect(await svd(weight, [90, 130], {name: 'w'})).toEqual(first)
  await dispose()
})

test('a weight of 512 × 512 is decomposed, and its result passes the check', async () => {
  const {svd, dispose} = openRoute()
  const {s} = await svd(float32(512, 512), [512, 512], {name: 'w'}) // checks its own result
  expect(s[0]).toBeGreaterThan(43) // about 2√512 for standard normal numbers
  expect(s[0]).toBeLessThan(46)
  await dispose()
})

test('singular values beyond float32 are a fault that says so', async () => {
  const {svd, dispose} = openSvd()
  await expect(svd(new Float32Array(16).fill(3e38), [4, 4], {name: 'w'})).rejects.toThrow(
    'w: no singular value decomposition: its singular values exceed float32',
  )
  await dispose()
})

test('a value that is not finite is a fault that names the weight', async () => {
  const {svd, dispose} = openRoute()
  const weight = float32(4, 4)
  weight[6] = Number.NaN
  await expect(svd(weight, [4, 4], {name: 'layers.0.q_proj.weight'})).rejects.toThrow(
    'layers.0.q_proj.weight: not a finite number at index 6: NaN',
  )
  await dispose()
})

test("with SVFT_LAPACK=none, svft's own algorithm is used, and its route gives the reason", async () => {
  const {svd, dispose} = openRoute('none')
  const {s, route} = await svd(Float32Array.of(3, 0, 0, 4), [2, 2], {name: 'w'})
  expect(route).toBe('Gram matrix and QL (SVFT_LAPACK=none)')
  expect(s).toEqual(Float32Array.of(4, 3))
  await dispose()
})

test.each([
  ['a library that does not exist', 'no-such-library.so'],
  ['a file that loads in places, and knows no dgesdd', process.execPath],
])('a decomposition with %s in SVFT_LAPACK is refused', async (_, library) => {
  const {svd, dispose} = openRoute(library)
  const message = expect.stringContaining(`SVFT_LAPACK=${library}: `)
  await expect(svd(Float32Array.of(3, 0, 0, 4), [2, 2], {name: 'w'})).rejects.toMatchObject({kind: 'input', message})
  await dispose()
})
