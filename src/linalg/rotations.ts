import {type Gemm, type Matrix, matrix, slab} from '../engine/gemm.ts'
import type {RotationSweep} from './ql.ts'

const BATCH = 64

/**
 * Applies sweeps of plane rotations to the rows of `vectors` (n, k) in place. One rotation reads and writes two rows
 * for little arithmetic. So a batch of K sweeps is split into parallelograms of K × K rotations over 2K neighbouring
 * rows. Each is accumulated in a small orthogonal matrix, which then multiplies the rows (after Lang 1998).
 */
export async function rotate(vectors: Matrix, sweeps: Iterable<RotationSweep>, gemm: Gemm): Promise<void> {
  const scratch = new Float64Array(Math.min(2 * BATCH, vectors.rows) * vectors.cols)
  let batch: RotationSweep[] = []
  for (const sweep of sweeps) {
    batch.push(sweep)
    if (batch.length < BATCH) continue
    await rotateBatch(vectors, batch, scratch, gemm)
    batch = []
  }
  if (batch.length > 0) await rotateBatch(vectors, batch, scratch, gemm)
}

/**
 * Rotation i of sweep q must follow rotations i − 1, i and i + 1 of sweep q − 1. Their skewed indices i − q are the same
 * or higher, so bands of this index can be applied one after another, the highest first.
 */
async function rotateBatch(
  vectors: Matrix,
  batch: readonly RotationSweep[],
  scratch: Float64Array,
  gemm: Gemm,
): Promise<void> {
  const lowest = Math.min(...batch.map(({first}, q) => first - q))
  const highest = Math.max(...batch.map(({first, cos}, q) => first + cos.length - 1 - q))
  for (let end = highest + 1; end > lowest; end -= batch.length) {
    const {first, product} = accumulate(batch, end - batch.length, end)
    if (product.rows === 0) continue
    const rows = slab(vectors, first, first + product.rows)
    const {data} = await gemm(product, rows, {into: scratch.subarray(0, rows.data.length)})
    rows.data.set(data)
  }
}

/** The product of the rotations whose skewed index is from `start` up to `end`, over the rows that they touch. */
function accumulate(batch: readonly RotationSweep[], start: number, end: number): {first: number; product: Matrix} {
  const lowOf = ({first}: RotationSweep, q: number) => Math.max(first, start + q)
  const highOf = ({first, cos}: RotationSweep, q: number) => Math.min(first + cos.length, end + q)
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const [q, sweep] of batch.entries()) {
    if (lowOf(sweep, q) >= highOf(sweep, q)) continue
    low = Math.min(low, lowOf(sweep, q))
    high = Math.max(high, highOf(sweep, q))
  }
  if (low === Number.POSITIVE_INFINITY) return {first: 0, product: matrix(0, 0)}

  const size = high - low + 1
  const {data} = matrix(size, size)
  for (let i = 0; i < size; i++) data[i * size + i] = 1
  for (const [q, sweep] of batch.entries()) {
    const right = Math.min(size, end + q + 1 - low) // both rows are still 0 from this column on
    for (let i = highOf(sweep, q) - 1; i >= lowOf(sweep, q); i--) {
      const left = Math.max(0, i - q - low) // and up to here
      const c = sweep.cos[i - sweep.first]
      const s = sweep.sin[i - sweep.first]
      const upper = (i - low) * size
      const lower = upper + size
      for (let k = left; k < right; k++) {
        const x = data[upper + k]
        const y = data[lower + k]
        data[upper + k] = c * x - s * y
        data[lower + k] = s * x + c * y
      }
    }
  }
  return {first: low, product: matrix(size, size, data)}
}
