import {afterAll, expect, test} from 'vitest'
import {diagonal, distance, gaussian, multiply, transposed} from '../../test/models/matrices.ts'
import {matrix, openGemm} from '../engine/gemm.ts'
import {ownSvd} from './eigen-svd.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

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
