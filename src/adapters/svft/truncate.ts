import type {Stored} from '../../engine/program.ts'
import type {Factors} from '../../linalg/factors.ts'
import {readTensor} from '../../weights/safetensors.ts'

/** Keeps the leading n singular vectors and values. Only U's columns are copied: the leading rows of Vᵀ lie together in its storage. */
export async function truncate({u, sigma, v}: Factors, n: number): Promise<Factors> {
  if (sigma.shape[0] <= n) return {u, sigma, v}
  return {u: await leadingColumns(u, n), sigma: leadingRows(sigma, n), v: leadingRows(v, n)}
}

function leadingRows({dtype, shape, at}: Stored, n: number): Stored {
  const share = (whole: number) => (whole / shape[0]) * n
  const part = 'data' in at ? {data: at.data.subarray(0, share(at.data.length))} : {...at, bytes: share(at.bytes)}
  return {dtype, shape: [n, ...shape.slice(1)], at: part}
}

async function leadingColumns(stored: Stored, n: number): Promise<Stored> {
  const [rows, columns] = stored.shape
  const values = await readTensor(stored)
  const result = new Float32Array(rows * n)
  for (let i = 0; i < rows; i++) result.set(values.subarray(i * columns, i * columns + n), i * n)
  return {dtype: 'float32', shape: [rows, n], at: {data: result}}
}
