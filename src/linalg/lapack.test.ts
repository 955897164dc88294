import {afterEach, expect, test, vi} from 'vitest'
import {openLapack} from './lapack.ts'
import {findLapack} from './svd.ts'

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

test('SVFT_LAPACK names the only library that is tried, and one that does not load is a fault with the reason', async () => {
  vi.stubEnv('SVFT_LAPACK', '/nowhere/libblas.so')
  const message = expect.stringMatching(
    /^SVFT_LAPACK=\/nowhere\/libblas\.so: .+; name another LAPACK, or set it to none/,
  )
  await expect(openLapack()).rejects.toMatchObject({kind: 'input', message})
  await expect(findLapack()).rejects.toMatchObject({kind: 'input', message})
  vi.stubEnv('SVFT_LAPACK', 'none')
  expect(await findLapack()).toBe('SVFT_LAPACK=none')
})
