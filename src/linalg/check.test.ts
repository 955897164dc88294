import {afterAll, expect, test} from 'vitest'
import {gaussian} from '../../test/models/matrices.ts'
import {openGemm} from '../engine/gemm.ts'
import {svdErrors} from './check.ts'
import {ownSvd} from './gram.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

const shape = [60, 45] as const
const weight = new Float32Array(gaussian(...shape).data)

test('a correct decomposition has only the errors of rounding to float32', async () => {
  const errors = await svdErrors(weight, shape, await ownSvd(weight, shape, gemm), gemm)
  for (const error of Object.values(errors)) {
    expect(error).toBeGreaterThan(1e-9)
    expect(error).toBeLessThan(1e-7)
  }
})

test('each error measures one defect, at about its size', async () => {
  const spoiled = await ownSvd(weight, shape, gemm)
  spoiled.s[0] *= 1.01
  const wrong = await svdErrors(weight, shape, spoiled, gemm)
  const expected = (0.01 * spoiled.s[0]) / Math.sqrt(weight.reduce((sum, x) => sum + x * x, 0))
  expect(wrong.reconstruction / expected).toBeGreaterThan(0.3)
  expect(wrong.reconstruction / expected).toBeLessThan(3)
  expect(Math.max(wrong.u, wrong.v)).toBeLessThan(1e-7)

  for (let j = 0; j < 45; j++) spoiled.v[45 + j] = spoiled.v[j] // two equal rows
  const skewed = await svdErrors(weight, shape, spoiled, gemm)
  expect(skewed.v).toBeGreaterThan(0.1)
  expect(skewed.u).toBeLessThan(1e-7)

  spoiled.u[7] = Number.NaN
  expect((await svdErrors(weight, shape, spoiled, gemm)).u).toBeNaN()
})
