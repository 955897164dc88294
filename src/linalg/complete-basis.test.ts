import {expect, test} from 'vitest'
import {dot, knownOrigin} from '../../test/models/adapters.ts'
import {random} from '../tensor/random.ts'
import {readTensor} from '../weights/safetensors.ts'
import {completeBasis} from './complete-basis.ts'

/** The largest entry of A Aᵀ − I, for the rows of A. */
function farFromOrthonormal(rows: readonly ArrayLike<number>[]): number {
  const errors = rows.flatMap((a, i) => rows.map((b, j) => Math.abs(dot(a, b) - Number(i === j))))
  return Math.max(...errors)
}

/** The columns of U and the rows of Vᵀ. */
async function vectors({u, v}: Awaited<ReturnType<typeof completeBasis>>) {
  const [us, vs] = [await readTensor(u), await readTensor(v)]
  const [[out, left], [right, into]] = [u.shape, v.shape]
  return {
    left: Array.from({length: left}, (_, j) => Float32Array.from({length: out}, (_, i) => us[i * left + j])),
    right: Array.from({length: right}, (_, i) => vs.subarray(i * into, (i + 1) * into)),
  }
}

for (const [out, into] of [
  [40, 12],
  [12, 40],
  [1, 9],
  [7, 6],
  [300, 20],
] as const) {
  test(`the singular vectors of ${out} × ${into} are completed to orthonormal ones, the first being the thin`, async () => {
    const thin = await knownOrigin([out, into], random(1)).factors()
    const full = await completeBasis(thin, [out, into])
    expect([full.u.shape, full.sigma.shape, full.v.shape]).toEqual([[out, out], [Math.min(out, into)], [into, into]])
    const [before, after] = [await vectors(thin), await vectors(full)]
    for (const side of ['left', 'right'] as const) {
      expect(after[side].slice(0, before[side].length)).toEqual(before[side])
      expect(farFromOrthonormal(after[side])).toBeLessThan(1e-6)
    }
    expect(await vectors(await completeBasis(thin, [out, into]))).toEqual(after)
  })
}

test('vectors are added up to the given number, and none to a square weight', async () => {
  const thin = await knownOrigin([9, 4], random(1)).factors()
  const more = await completeBasis(thin, [6, 4])
  expect([more.u.shape, more.v.shape]).toEqual([
    [9, 6],
    [4, 4],
  ])
  expect(farFromOrthonormal((await vectors(more)).left)).toBeLessThan(1e-6)
  expect(await completeBasis(thin, [4, 4])).toEqual(thin)
})
