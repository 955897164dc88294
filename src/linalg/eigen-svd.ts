import {type Gemm, matrix} from '../engine/gemm.ts'
import type {Svd} from './factorization.ts'
import {thinSvd} from './gram.ts'

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

const TILE = 32 // both sides of a tile fit into the L1 cache

/** Writes `from` (rows, cols) transposed to `to` (cols, rows). */
function transpose<To extends Float32Array | Float64Array>(
  from: Float32Array | Float64Array,
  [rows, cols]: readonly [number, number],
  to: To,
): To {
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(top + TILE, rows)
    for (let left = 0; left < cols; left += TILE) {
      const right = Math.min(left + TILE, cols)
      for (let i = top; i < bottom; i++) {
        for (let j = left; j < right; j++) to[j * rows + i] = from[i * cols + j]
      }
    }
  }
  return to
}
