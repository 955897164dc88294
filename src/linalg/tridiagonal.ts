import {type Gemm, type Matrix, matrix, row, slab} from '../engine/gemm.ts'

/** A = Q T Qᵀ with T symmetric and tridiagonal. */
export interface Tridiagonal {
  /** The n diagonal entries of T. */
  readonly diagonal: Float64Array
  /** The n − 1 off-diagonal entries of T, then 0. */
  readonly offDiagonal: Float64Array
  /** Qᵀ (n, n). */
  readonly rows: Matrix
}

const PANEL = 48

/**
 * Householder's reduction of a symmetric matrix (n, n), a panel of columns at a time: within a panel, the rest of the
 * matrix is left as it is, and each column is corrected by the reflections v and companions w so far; after the panel,
 * A ← A − Vᵀ W − Wᵀ V in one update (Dongarra, Hammarling and Sorensen 1989). Overwrites `a`.
 */
export async function tridiagonalize(a: Matrix, gemm: Gemm): Promise<Tridiagonal> {
  const n = a.rows
  const diagonal = new Float64Array(n)
  const offDiagonal = new Float64Array(n)
  const reflections: Reflections = {vectors: matrix(n, n), scales: new Float64Array(n)}

  let start = 0
  let rest = a // the part (m, m) that is not reduced yet, always at the front of a's memory
  for (; start < n - 2; start += PANEL) {
    const width = Math.min(PANEL, n - 2 - start)
    const v = matrix(width, rest.rows)
    const w = matrix(width, rest.rows)
    for (let j = 0; j < width; j++) {
      const column = correctedColumn(rest, v, w, j)
      diagonal[start + j] = column[j]
      const {norm, scale} = reflect(column, j, row(v, j))
      offDiagonal[start + j] = norm
      reflections.scales[start + j] = scale
      reflections.vectors.data.set(row(v, j), (start + j) * n + start)
      if (scale !== 0) await companion(rest, v, w, j, scale, gemm)
    }
    rest = await shrink(rest, v, w, gemm)
  }

  const m = rest.rows
  for (let i = 0; i < m; i++) diagonal[n - m + i] = rest.data[i * m + i]
  if (m === 2) offDiagonal[n - 2] = rest.data[1]
  return {diagonal, offDiagonal, rows: await transposedProduct(reflections, gemm)}
}

/** Row j of `rest`, corrected from its diagonal on by the panel's reflections so far. */
function correctedColumn(rest: Matrix, v: Matrix, w: Matrix, j: number): Float64Array {
  const m = rest.rows
  const column = row(rest, j).slice()
  for (let q = 0; q < j; q++) {
    const vq = row(v, q)
    const wq = row(w, q)
    const vj = vq[j]
    const wj = wq[j]
    for (let i = j; i < m; i++) column[i] -= vj * wq[i] + wj * vq[i]
  }
  return column
}

/** Fills v, which is 1 at j + 1, so that (I − scale·v vᵀ) takes the column below j to (norm, 0, 0, …). */
function reflect(column: Float64Array, j: number, v: Float64Array): {norm: number; scale: number} {
  const first = column[j + 1]
  let tail = 0
  for (let i = j + 2; i < column.length; i++) tail += column[i] * column[i]
  v[j + 1] = 1
  if (tail === 0) return {norm: first, scale: 0}

  const norm = first > 0 ? -Math.sqrt(first * first + tail) : Math.sqrt(first * first + tail)
  const divisor = 1 / (first - norm)
  for (let i = j + 2; i < column.length; i++) v[i] = column[i] * divisor
  return {norm, scale: (norm - first) / norm}
}

/** Fills row j of w: w = scale·(A v − Vᵀ(W v) − Wᵀ(V v)), made orthogonal enough that A − v wᵀ − w vᵀ is H A H. */
async function companion(rest: Matrix, v: Matrix, w: Matrix, j: number, scale: number, gemm: Gemm): Promise<void> {
  const m = rest.rows
  const vj = row(v, j)
  const wj = row(w, j)
  await gemm(rest, matrix(m, 1, vj), {into: wj})

  for (let q = 0; q < j; q++) {
    const vq = row(v, q)
    const wq = row(w, q)
    let vv = 0
    let wv = 0
    for (let i = j + 1; i < m; i++) {
      vv += vq[i] * vj[i]
      wv += wq[i] * vj[i]
    }
    for (let i = j + 1; i < m; i++) wj[i] -= wv * vq[i] + vv * wq[i]
  }

  let along = 0
  for (let i = j + 1; i < m; i++) {
    wj[i] *= scale
    along += wj[i] * vj[i]
  }
  const half = (scale * along) / 2
  for (let i = j + 1; i < m; i++) wj[i] -= half * vj[i]
}

/** Updates the part of `rest` below the panel and moves it to the front of the same memory. */
async function shrink(rest: Matrix, v: Matrix, w: Matrix, gemm: Gemm): Promise<Matrix> {
  const m = rest.rows
  const width = v.rows
  const left = m - width
  for (let i = 0; i < left; i++) {
    const from = (width + i) * m + width
    rest.data.copyWithin(i * left, from, from + left)
  }
  const vw = matrix(2 * width, left)
  const wv = matrix(2 * width, left)
  for (let q = 0; q < width; q++) {
    const vq = row(v, q).subarray(width)
    const wq = row(w, q).subarray(width)
    vw.data.set(vq, q * left)
    vw.data.set(wq, (width + q) * left)
    wv.data.set(wq, q * left)
    wv.data.set(vq, (width + q) * left)
  }
  const below = matrix(left, left, rest.data.subarray(0, left * left))
  return gemm(vw, wv, {transA: true, from: below, into: below.data})
}

/** Reflection k is I − scales[k]·v vᵀ with v row k of `vectors`, zero up to its column k. */
interface Reflections {
  readonly vectors: Matrix
  readonly scales: Float64Array
}

const BLOCK = 64

/**
 * Computes Qᵀ for Q = H₀ H₁ …: starting from I, each block of reflections, from the last to the first, multiplies from the
 * right as I − Vᵀ Tᵀ V (the compact WY form, Schreiber and Van Loan 1989). A block does not change the rows above it.
 */
async function transposedProduct({vectors, scales}: Reflections, gemm: Gemm): Promise<Matrix> {
  const n = vectors.rows
  const rows = matrix(n, n)
  for (let i = 0; i < n; i++) rows.data[i * n + i] = 1

  const count = Math.max(0, n - 2)
  for (let first = Math.floor((count - 1) / BLOCK) * BLOCK; first >= 0; first -= BLOCK) {
    const v = slab(vectors, first, Math.min(first + BLOCK, count))
    const t = await triangle(v, scales.subarray(first), gemm)
    const below = slab(rows, first + 1)
    const projected = await gemm(await gemm(below, v, {transB: true}), t, {transB: true})
    await gemm(projected, v, {from: below, into: below.data})
  }
  return rows
}

/** The upper triangle T with H_first … H_last = I − Vᵀ T V. */
async function triangle(v: Matrix, scales: Float64Array, gemm: Gemm): Promise<Matrix> {
  const b = v.rows
  const {data: products} = await gemm(v, v, {transB: true})
  const t = matrix(b, b)
  for (let j = 0; j < b; j++) {
    t.data[j * b + j] = scales[j]
    for (let i = 0; i < j; i++) {
      let sum = 0
      for (let q = i; q < j; q++) sum += t.data[i * b + q] * products[q * b + j]
      t.data[i * b + j] = -scales[j] * sum
    }
  }
  return t
}
