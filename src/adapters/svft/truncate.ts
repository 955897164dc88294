import type {Stored} from '../../engine/program.ts'
import type {Factors} from '../../linalg/factors.ts'
import {hashTensor} from '../../weights/checkpoint.ts'
import {cachedTensors} from '../../weights/checksummed.ts'
import {readTensor} from '../../weights/safetensors.ts'

/**
 * Keeps the leading n singular vectors and values. Those of Vᵀ and Σ lie together in the factors' file. U's columns do not:
 * they are copied, once, to a file of their own beside it, or to memory where the folder is read-only.
 */
export async function truncate({u, sigma, v}: Factors, n: number): Promise<Factors> {
  if (sigma.shape[0] <= n) return {u, sigma, v}
  return {u: await leadingColumns(u, n), sigma: leadingRows(sigma, n), v: leadingRows(v, n)}
}

function leadingRows({dtype, shape, at}: Stored, n: number): Stored {
  const share = (whole: number) => (whole / shape[0]) * n
  const part = 'data' in at ? {data: at.data.subarray(0, share(at.data.length))} : {...at, bytes: share(at.bytes)}
  return {dtype, shape: [n, ...shape.slice(1)], at: part}
}

async function leadingColumns(u: Stored, n: number): Promise<Stored> {
  const {dtype, at} = u
  const shape = [u.shape[0], n]
  if ('data' in at) return {dtype: 'float32', shape, at: {data: await copyColumns(u, n)}}

  const hash = await hashTensor(u) // other libraries decompose with other signs
  const file = at.file.replace(/(\.safetensors)?$/, `.${hash.slice(0, 16)}.r${n}.safetensors`)
  const cached = await cachedTensors(file, async () => ({u: {dtype, shape, data: await copyColumns(u, n)}}))
  return cached.u
}

async function copyColumns(stored: Stored, n: number): Promise<Float32Array> {
  const [rows, columns] = stored.shape
  const values = await readTensor(stored)
  const result = new Float32Array(rows * n)
  for (let i = 0; i < rows; i++) result.set(values.subarray(i * columns, i * columns + n), i * n)
  return result
}
