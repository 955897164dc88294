import {afterEach, expect, test, vi} from 'vitest'
import {openLapack} from './lapack.ts'

afterEach(() => vi.unstubAllEnvs())

test('a LAPACK decomposes a weight; a machine without one throws', async () => {
  vi.stubEnv('SVFT_LAPACK', '')
  const lapack = await openLapack().catch((error: Error) => error.message)
  if (typeof lapack === 'string') {
    expect(lapack).toMatch(/^no LAPACK library loads: libopenblas|^koffi has no binary for this machine$/)
    return
  }
  const {u, s, v} = lapack.svd(Float32Array.of(0, 3, 0, 4, 0, 0), [2, 3]) // e₁ → 4 e₂, e₂ → 3 e₁
  expect(s).toEqual(Float32Array.of(4, 3))
  expect(u.map(Math.abs)).toEqual(Float32Array.of(0, 1, 1, 0))
  expect(v.map(Math.abs)).toEqual(Float32Array.of(1, 0, 0, 0, 1, 0))
})

test('SVFT_LAPACK names the only library that is tried', async () => {
  vi.stubEnv('SVFT_LAPACK', '/nowhere/libblas.so')
  await expect(openLapack()).rejects.toThrow(
    /^no LAPACK library loads: \/nowhere\/libblas.so$|^koffi has no binary for this machine$/,
  )
})
