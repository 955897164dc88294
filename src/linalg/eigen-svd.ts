import {type Gemm, matrix} from '../engine/gemm.ts'
import type {Svd} from './factorization.ts'
import {thinSvd} from './gram.ts'
import {transpose} from './transpose.ts'

/** Thin singular value decomposition of `weight` (out, in) by matrix products alone. */
export async function ownSvd(weight: Float32Array, shape: readonly [number, number], gemm: Gemm): Promise<Svd> {
  const [out, input] = shape
  const isWide = out <= input
  const rows = isWide ? new Float64Array(weight) : transpose(weight, shape, new Float64Array(weight.length))
  const {short, s, long} = await thinSvd(matrix(Math.min(out, input), Math.max(out, input), rows), gemm)
  const [left, right] = isWide ? [short, long] : [long, short]
  const u = transpose(left.data, [left.rows, left.cols], new Float32Array(left.data.length))
  return {u, s: new Float32Array(s), v: new Float32Array(right.data)}
}
