import {type Matrix, matrix, openGemm, row, slab} from '../engine/gemm.ts'
import type {Data, Stored} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {Factors} from './factors.ts'
import {fill, projectOut} from './gram.ts'
import {transpose} from './transpose.ts'

type BasisSize = readonly [rows: number, columns: number]

/**
 * Adds singular vectors of singular value 0 to thin factors, until U has `left` columns and Vᵀ has `right` rows. W
 * determines only that all of them are orthonormal: these follow from the given vectors and nothing else.
 */
export async function completeBasis(
  {u, sigma, v}: Factors,
  [left, right]: readonly [left: number, right: number],
): Promise<Factors> {
  const [out, n] = u.shape
  const [, into] = v.shape
  return {
    u: left > n ? await completeColumns(u, [out, left]) : u,
    sigma,
    v: right > n ? inMemory(await completeRows(await readTensor(v), [right, into]), [right, into]) : v,
  }
}

async function completeColumns(u: Stored, [out, left]: BasisSize): Promise<Stored> {
  const [, n] = u.shape
  const columns = transpose(await readTensor(u), [out, n], new Float32Array(out * n))
  const rows = await completeRows(columns, [left, out])
  return inMemory(transpose(rows, [left, out], new Float32Array(out * left)), [out, left])
}

const inMemory = (data: Float32Array, shape: BasisSize): Stored => ({dtype: 'float32', shape, at: {data}})

/** The number of rows that are orthogonalized together, so large that nearly all of the work is matrix products. */
const BLOCK = 128

/**
 * Completes given orthonormal rows (Gram–Schmidt in float64, by blocks, on random vectors). The remainder of a
 * vector after all its projections may be small, and rounding then leaves it far from orthogonal, so each is done twice.
 */
async function completeRows(given: Data, [rows, length]: BasisSize): Promise<Float32Array> {
  const all = matrix(rows, length)
  all.data.set(given)
  const {gemm, dispose} = openGemm({threads: 1}) // the same bits however many threads a run has
  try {
    for (let first = given.length / length; first < rows; first += BLOCK) {
      const [before, own] = [slab(all, 0, first), slab(all, first, Math.min(rows, first + BLOCK))]
      fill(own, random(0, `complete/${length}/${first}`))
      for (let time = 0; time < 2; time++) {
        await projectOut(own, before, gemm)
        orthonormalize(own)
      }
    }
  } finally {
    await dispose()
  }
  return Float32Array.from(all.data)
}

function orthonormalize(block: Matrix): void {
  const rows = Array.from({length: block.rows}, (_, i) => row(block, i))
  for (const [i, own] of rows.entries()) {
    for (const other of rows.slice(0, i)) subtractProjection(own, other)
    const norm = Math.sqrt(dot(own, own))
    for (let j = 0; j < own.length; j++) own[j] /= norm
  }
}

/** Subtracts from x its projection on a row of length 1. */
function subtractProjection(x: Float64Array, row: Float64Array): void {
  const length = dot(x, row)
  for (let i = 0; i < x.length; i++) x[i] -= length * row[i]
}

/** The dot product by four sums that do not depend on each other. */
function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const whole = a.length - (a.length % 4)
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * b[i]
    s1 += a[i + 1] * b[i + 1]
    s2 += a[i + 2] * b[i + 2]
    s3 += a[i + 3] * b[i + 3]
  }
  for (let i = whole; i < a.length; i++) s0 += a[i] * b[i]
  return s0 + s1 + s2 + s3
}
