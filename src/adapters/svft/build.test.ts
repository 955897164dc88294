import {expect, test} from 'vitest'
import {
  apply,
  ENGINES,
  knownOrigin,
  normals,
  relativeError,
  stored,
  timesTransposed,
} from '../../../test/models/adapters.ts'
import {Fault} from '../../base/fault.ts'
import type {Stored} from '../../engine/program.ts'
import {random} from '../../tensor/random.ts'
import {readTensor} from '../../weights/safetensors.ts'
import {float, type WeightShape} from '../adapter.ts'
import {buildSvft, type SvftSettings} from './build.ts'

const EVERYWHERE = {pattern: 'banded', diagonals: 99, gate: false, init: 'zeros'} as const

for (const weight of [
  [7, 4],
  [4, 7],
] as const) {
  test(`lemma b: M of the full basis makes any weight of ${weight.join(' × ')}, of the thin basis it cannot`, async () => {
    const wanted = normals(weight, random(8)).data
    const [full, thin] = [await nearest(wanted, weight, 'full'), await nearest(wanted, weight, 'thin')]
    expect(full.numbers).toBe(28)
    expect(relativeError(full.merged, wanted)).toBeLessThan(1e-5)
    expect(thin.numbers).toBe(16)
    expect(relativeError(thin.merged, wanted)).toBeGreaterThan(0.1)
  })
}

test('both bases of a square weight are one', async () => {
  for (const pattern of ['plain', 'banded', 'random', 'topk'] as const) {
    const init = async (basis: 'thin' | 'full') =>
      buildSvft({pattern, diagonals: 1, basis}).init(knownOrigin([8, 8], random(1)), random(2))
    expect(await init('full')).toEqual(await init('thin'))
  }
})

test('a band needs no more singular vectors than it reaches, and plain none beyond the thin ones', () => {
  const frozen = (settings: SvftSettings, weight: WeightShape) =>
    buildSvft({basis: 'full', ...settings}).shapes(weight).frozen
  expect(frozen({pattern: 'banded', diagonals: 3}, [20, 50])).toMatchObject({
    u: float(20, 20),
    sigma: float(20),
    v: float(23, 50),
  })
  expect(frozen({pattern: 'banded', diagonals: 3}, [50, 20])).toMatchObject({
    u: float(50, 23),
    sigma: float(20),
    v: float(20, 20),
  })
  expect(frozen({pattern: 'random', diagonals: 3}, [50, 20])).toMatchObject({u: float(50, 50), v: float(20, 20)})
  expect(frozen({pattern: 'plain'}, [50, 20])).toMatchObject({u: float(50, 20), v: float(20, 20)})
})

test('the full basis has positions beyond the thin one, and all of them are drawn', async () => {
  const {frozen} = await buildSvft({pattern: 'random', diagonals: 3, basis: 'full'}).init(
    knownOrigin([4, 40], random(1)),
    random(2),
  )
  const columns = await readTensor(frozen.m_col)
  expect(columns).toHaveLength(22) // 4 · 7 − 6
  expect([...columns].some(column => column >= 4)).toBe(true)
  expect(Math.max(...columns)).toBeLessThan(40)
  expect(Math.max(...(await readTensor(frozen.m_row)))).toBeLessThan(4)
})

test('the full basis is not truncated, and has no alignment of vectors of two lengths', () => {
  expect(() => buildSvft({pattern: 'plain', basis: 'full', rank: 3})).toThrow(
    new Fault('recipe', 'basis full has all singular vectors and cannot have a rank; leave one of the two out'),
  )
  expect(() => buildSvft({pattern: 'topk', diagonals: 1, basis: 'full'}).shapes([6, 7])).toThrow(
    'svft topk of the full basis compares vectors of one length and needs a square weight, not 6 × 7; ' +
      'choose other targets, or basis: thin',
  )
})

/** The weight nearest to `wanted` that M everywhere makes: M = Uᵀ (wanted − W) V, by orthonormal vectors. */
async function nearest(wanted: Float32Array, weight: WeightShape, basis: 'thin' | 'full') {
  const adapter = buildSvft({...EVERYWHERE, basis})
  const origin = knownOrigin(weight, random(1))
  const {frozen} = await adapter.init(origin, random(2))
  const [out, into] = weight
  const W = await origin.weight()
  const change = wanted.map((value, i) => value - W[i])
  const [left, right] = [frozen.u.shape[1], frozen.v.shape[0]]
  const changed = timesTransposed(await readTensor(frozen.v), change, into) // Vᵀ changeᵀ, (right, out)
  const columns = await readTensor(frozen.u)
  const ut = Array.from({length: left * out}, (_, q) => columns[(q % out) * left + Math.floor(q / out)]) // (left, out)
  const m = Float32Array.from(timesTransposed(ut, changed, out)) // (left, right)
  const given = {
    x: normals([2, into], random(5)),
    dy: normals([2, out], random(6)),
    trainable: {m: {shape: [left * right], data: m}},
    frozen: {weight: stored({shape: weight, data: W}), ...(frozen as Record<string, Stored>)},
  }
  const {merged} = await apply(ENGINES[1], adapter, given)
  return {merged, numbers: m.length}
}
