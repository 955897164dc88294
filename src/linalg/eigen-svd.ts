import {type Gemm, matrix} from '../engine/gemm.ts'
import type {Svd} from './factorization.ts'
import {thinSvd} from './gram.ts'
import {transpose} from './transpose.ts'

/** Thin singular value decomposition of `weight` (out, in) by matrix products alone. */
export async function ownSvd(weight: Float32Array, shape: readonly [number, number], gemm: Gemm): Promise<Svd> {
  const [out, input] = shape
  if (out <= input) {
    const {short, s, long} = await thinSvd(matrix(out, input, new Float64Array(weight)), gemm)
    const u = transpose(short.data, [out, out], new Float32Array(out * out))
    return {u, s: new Float32Array(s), v: new Float32Array(long.data)}
  }
  const transposed = transpose(weight, shape, new Float64Array(weight.length))
  const {short, s, long} = await thinSvd(matrix(input, out, transposed), gemm)
  const u = transpose(long.data, [input, out], new Float32Array(out * input))
  return {u, s: new Float32Array(s), v: new Float32Array(short.data)}
}
