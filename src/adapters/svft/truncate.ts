import type {Stored} from '../../engine/program.ts'
import {readTensor} from '../../weights/safetensors.ts'
import type {Factors} from '../adapter.ts'

/** The leading n singular vectors and values. Rows of Vᵀ are cut where they lie; only U's columns have to be copied. */
export async function truncate({u, sigma, v}: Factors, n: number): Promise<Factors> {
  if (sigma.shape[0] <= n) return {u, sigma, v}
  return {u: await leadingColumns(u, n), sigma: leadingRows(sigma, n), v: leadingRows(v, n)}
}

function leadingRows({dtype, shape, at}: Stored, n: number): Stored {
  const part = (whole: number) => (whole / shape[0]) * n
  const place = 'data' in at ? {data: at.data.subarray(0, part(at.data.length))} : {...at, bytes: part(at.bytes)}
  return {dtype, shape: [n, ...shape.slice(1)], at: place}
}

async function leadingColumns(stored: Stored, n: number): Promise<Stored> {
  const [rows, columns] = stored.shape
  const numbers = await readTensor(stored)
  const kept = new Float32Array(rows * n)
  for (let i = 0; i < rows; i++) kept.set(numbers.subarray(i * columns, i * columns + n), i * n)
  return {dtype: 'float32', shape: [rows, n], at: {data: kept}}
}
