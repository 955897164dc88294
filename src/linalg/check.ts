import {type Gemm, type Matrix, matrix, slab} from '../engine/gemm.ts'
import {random} from '../tensor/random.ts'
import {norm} from './norm.ts'

/** W = U diag(s) V with n = min(out, in), in C order, computed in float64. */
export interface Svd {
  /** Orthonormal columns (out, n), including those with s = 0. */
  readonly u: Float32Array
  /** The n singular values, falling. */
  readonly s: Float32Array
  /** Orthonormal rows (n, in): the paper's Vᵀ. */
  readonly v: Float32Array
}

/** The relative errors of a decomposition: 0 is exact, rounding to float32 alone causes about 5e-8. */
export interface SvdErrors {
  /** ‖W − U diag(s) V‖ / ‖W‖ in the Frobenius norm. */
  readonly reconstruction: number
  /** ‖UᵀU − I‖ / √n. */
  readonly u: number
  /** ‖V Vᵀ − I‖ / √n. */
  readonly v: number
}

const PROBES = 8

/**
 * Estimates the errors of a decomposition of `weight` (out, in) on a few random vectors x: the mean square of R x is the
 * square of R's Frobenius norm, so R itself is never computed.
 */
export async function svdErrors(
  weight: Float32Array,
  [out, input]: readonly [number, number],
  {u, s, v}: Svd,
  gemm: Gemm,
): Promise<SvdErrors> {
  const n = s.length
  const W = {data: weight, rows: out, cols: input}
  const U = {data: u, rows: out, cols: n}
  const V = {data: v, rows: n, cols: input}

  const x = probes(input)
  const wx = await multiply(W, x, gemm)
  const vx = await multiply(V, x, gemm)
  for (let i = 0; i < vx.data.length; i++) vx.data[i] *= s[Math.floor(i / PROBES)]
  const usvx = await multiply(U, vx, gemm)

  const y = probes(n)
  const uuy = await multiplyTransposed(U, await multiply(U, y, gemm), gemm)
  const vvy = await multiply(V, await multiplyTransposed(V, y, gemm), gemm)

  const identity = Math.sqrt(PROBES * n) // the expected norm of y
  return {
    reconstruction: distance(wx, usvx) / (norm(wx.data) || 1),
    u: distance(uuy, y) / identity,
    v: distance(vvy, y) / identity,
  }
}

function probes(rows: number): Matrix {
  const source = random(0, `probes/${rows}`)
  const values = Float64Array.from({length: rows * PROBES}, () => source.normal())
  return matrix(rows, PROBES, values)
}

type Matrix32 = Omit<Matrix, 'data'> & {readonly data: Float32Array}

async function multiply(a: Matrix32, x: Matrix, gemm: Gemm): Promise<Matrix> {
  const y = matrix(a.rows, x.cols)
  for (const {first, tile} of rowTiles(a)) await gemm(tile, x, {into: slab(y, first, first + tile.rows).data})
  return y
}

/** Computes aᵀ·x. */
async function multiplyTransposed(a: Matrix32, x: Matrix, gemm: Gemm): Promise<Matrix> {
  const y = matrix(a.cols, x.cols)
  for (const {first, tile} of rowTiles(a)) {
    const {data} = await gemm(tile, slab(x, first, first + tile.rows), {transA: true})
    for (let i = 0; i < data.length; i++) y.data[i] += data[i]
  }
  return y
}

const TILE = 2 ** 21 // values that are float64 at a time

function* rowTiles({rows, cols, data}: Matrix32): Generator<{first: number; tile: Matrix}> {
  const step = Math.max(1, Math.floor(TILE / cols))
  for (let first = 0; first < rows; first += step) {
    const end = Math.min(rows, first + step)
    yield {first, tile: matrix(end - first, cols, new Float64Array(data.subarray(first * cols, end * cols)))}
  }
}

const distance = (x: Matrix, y: Matrix) => norm(x.data.map((value, i) => value - y.data[i]))
