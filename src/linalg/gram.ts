import {type Gemm, type Matrix, matrix, row, slab} from '../engine/gemm.ts'
import {type Random, random} from '../tensor/random.ts'
import type {Svd} from './check.ts'
import {eigh, permuted} from './eigh.ts'
import {norm} from './norm.ts'
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

/** A = shortᵀ diag(s) long, both with orthonormal rows. */
export interface ThinSvd {
  /** The vectors of the short side (n, n), one per row. */
  readonly short: Matrix
  /** The n singular values, falling. */
  readonly s: Float64Array
  /** The vectors of the long side (n, L), one per row. */
  readonly long: Matrix
}

/**
 * A round accepts the values above this fraction of its largest one. The long side's vectors are A·v / σ, which deviate
 * from orthogonality by about ε (σ₁/σ)², so 1e-10 at most.
 */
const ACCEPTED = 1e-3

/**
 * Thin singular value decomposition of `a` (n, L), n ≤ L, by the eigenvectors of A Aᵀ.
 *
 * Squaring loses the small values. So the vectors that a round cannot accept go to the next round, which decomposes the
 * remainder of A along them, orthogonal to all accepted vectors. When only rounding error remains, the values are 0, and
 * any vectors that complete the basis serve on the long side.
 */
export async function thinSvd(a: Matrix, gemm: Gemm): Promise<ThinSvd> {
  const {values, vectors: short, projected: long} = await project(a, gemm)
  const s = new Float64Array(a.rows)
  let done = accept(values, long, s)
  const floor = a.cols * Number.EPSILON * s[0]
  let vanished = false

  while (done < a.rows) {
    const accepted = slab(long, 0, done)
    const rest = slab(long, done)
    await orthogonalize(rest, accepted, gemm)
    if (!vanished && largestNorm(rest) <= floor) {
      vanished = true
      fill(rest, random(0, `${a.rows}x${a.cols}`))
      await orthogonalize(rest, accepted, gemm)
    }
    const next = await project(rest, gemm)
    rest.data.set(next.projected.data)
    const shortRest = slab(short, done)
    shortRest.data.set((await gemm(next.vectors, shortRest)).data)
    done += accept(next.values, rest, vanished ? new Float64Array(rest.rows) : s.subarray(done))
  }
  return sorted({short, s, long})
}

interface Projection {
  /** The eigenvalues of B Bᵀ, falling. */
  readonly values: Float64Array
  /** The eigenvectors, one per row. */
  readonly vectors: Matrix
  /** B projected on them. */
  readonly projected: Matrix
}

async function project(b: Matrix, gemm: Gemm): Promise<Projection> {
  const {values, vectors} = await eigh(await gemm(b, b, {transB: true}), gemm)
  return {values, vectors, projected: await gemm(vectors, b)}
}

/** Scales the rows that are large enough to length 1, writes their lengths to `s` and returns their number. */
function accept(values: Float64Array, rows: Matrix, s: Float64Array): number {
  if (!(values[0] > 0)) return 0
  let count = 0
  for (; count < rows.rows && values[count] >= ACCEPTED ** 2 * values[0]; count++) {
    const vector = row(rows, count)
    s[count] = norm(vector)
    const inverse = 1 / s[count]
    for (let i = 0; i < vector.length; i++) vector[i] *= inverse
  }
  return count
}

/** Makes the rows of `rest` orthogonal to those of `basis`; twice, since once leaves rounding error along large ones. */
async function orthogonalize(rest: Matrix, basis: Matrix, gemm: Gemm): Promise<void> {
  if (basis.rows === 0) return
  for (let pass = 0; pass < 2; pass++) await projectOut(rest, basis, gemm)
}

/** Subtracts from the rows of `rest` their projections on those of `basis`, which are orthonormal. */
export async function projectOut(rest: Matrix, basis: Matrix, gemm: Gemm): Promise<void> {
  const along = await gemm(rest, basis, {transB: true})
  await gemm(along, basis, {from: rest, into: rest.data})
}

function largestNorm(rows: Matrix): number {
  let largest = 0
  for (let i = 0; i < rows.rows; i++) largest = Math.max(largest, norm(row(rows, i)))
  return largest
}

/** Fills a matrix with normal values. */
export function fill({data}: Matrix, source: Random): void {
  for (let i = 0; i < data.length; i++) data[i] = source.normal()
}

/** Sorts by falling value, since values at the boundary of two rounds may be in the wrong order. */
function sorted({short, s, long}: ThinSvd): ThinSvd {
  const order = [...s.keys()].sort((i, j) => s[j] - s[i])
  if (order.every((from, to) => from === to)) return {short, s, long}
  return {short: permuted(short, order), s: Float64Array.from(order, i => s[i]), long: permuted(long, order)}
}
