import {type Gemm, type Matrix, matrix} from '../engine/gemm.ts'
import {random} from '../tensor/random.ts'
import type {Svd} from './factorization.ts'

/** How far a decomposition is from one: 0 is exact, float32 rounding alone about 5e-8. */
export interface SvdErrors {
  /** ‖W − U diag(s) V‖ / ‖W‖ in Frobenius' norm. */
  readonly reconstruction: number
  /** ‖UᵀU − I‖ / √n. */
  readonly u: number
  /** ‖V Vᵀ − I‖ / √n. */
  readonly v: number
}

const PROBES = 8

/**
 * Measures a decomposition of `weight` (out, in) on a few random vectors x: the mean square of R x is the square of
 * R's Frobenius norm, so the norms come without the matrices.
 */
export async function svdErrors(
  weight: Float32Array,
  [out, input]: readonly [number, number],
  {u, s, v}: Svd,
  gemm: Gemm,
): Promise<SvdErrors> {
  const n = s.length
  const x = probes(input)
  const wx = await times({data: weight, rows: out, cols: input}, x, gemm)
  const vx = await times({data: v, rows: n, cols: input}, x, gemm)
  for (let i = 0; i < vx.data.length; i++) vx.data[i] *= s[Math.floor(i / PROBES)]
  const usvx = await times({data: u, rows: out, cols: n}, vx, gemm)

  const y = probes(n)
  const uy = await times({data: u, rows: out, cols: n}, y, gemm)
  const uuy = await transposedTimes({data: u, rows: out, cols: n}, uy, gemm)
  const vy = await transposedTimes({data: v, rows: n, cols: input}, y, gemm)
  const vvy = await times({data: v, rows: n, cols: input}, vy, gemm)

  const length = norm(wx.data)
  const identity = Math.sqrt(PROBES * n) // how long y is on average
  return {
    reconstruction: distance(wx.data, usvx.data) / (length || 1),
    u: distance(uuy.data, y.data) / identity,
    v: distance(vvy.data, y.data) / identity,
  }
}

function probes(rows: number): Matrix {
  const source = random(0, `probes/${rows}`)
  return matrix(
    rows,
    PROBES,
    Float64Array.from({length: rows * PROBES}, () => source.normal()),
  )
}

interface Matrix32 {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}

/** a·x. */
async function times(a: Matrix32, x: Matrix, gemm: Gemm): Promise<Matrix> {
  const y = matrix(a.rows, x.cols)
  for (const {first, part} of parts(a)) {
    await gemm(part, x, {into: y.data.subarray(first * x.cols, (first + part.rows) * x.cols)})
  }
  return y
}

/** aᵀ·x. */
async function transposedTimes(a: Matrix32, x: Matrix, gemm: Gemm): Promise<Matrix> {
  const y = matrix(a.cols, x.cols)
  for (const {first, part} of parts(a)) {
    const rows = matrix(part.rows, x.cols, x.data.subarray(first * x.cols, (first + part.rows) * x.cols))
    const {data} = await gemm(part, rows, {transA: true})
    for (let i = 0; i < data.length; i++) y.data[i] += data[i]
  }
  return y
}

const PART = 2 ** 21 // numbers that are float64 at a time

function* parts({rows, cols, data}: Matrix32): Generator<{first: number; part: Matrix}> {
  const step = Math.max(1, Math.floor(PART / cols))
  for (let first = 0; first < rows; first += step) {
    const end = Math.min(rows, first + step)
    yield {first, part: matrix(end - first, cols, new Float64Array(data.subarray(first * cols, end * cols)))}
  }
}

function norm(x: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] ** 2
  return Math.sqrt(sum)
}

function distance(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2
  return Math.sqrt(sum)
}
