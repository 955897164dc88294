import type {Data, Shape, Stored} from '../engine/program.ts'
import {cachedTensors} from '../weights/checksummed.ts'
import {hashTensor} from '../weights/hash-tensor.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {Factors} from './factors.ts'

/**
 * Keeps the leading n singular vectors and values. Those of Vᵀ and Σ lie together in the factors' file. U's columns do not:
 * they are copied to a file of their own.
 */
export async function truncate({u, sigma, v}: Factors, n: number): Promise<Factors> {
  if (sigma.shape[0] <= n) return {u, sigma, v}
  return {u: await leadingColumns(u, n), sigma: leadingRows(sigma, n), v: leadingRows(v, n)}
}

/** The first n rows of a tensor, without a copy. */
export function leadingRows({dtype, shape, at}: Stored, n: number): Stored {
  const share = (whole: number) => (whole / shape[0]) * n
  const part = 'data' in at ? {data: at.data.subarray(0, share(at.data.length))} : {...at, bytes: share(at.bytes)}
  return {dtype, shape: [n, ...shape.slice(1)], at: part}
}

const leadingColumns = (u: Stored, n: number): Promise<Stored> =>
  besideFactors(u, `r${n}`, async () => {
    return {shape: [u.shape[0], n], data: columnsOf(await readTensor(u), u.shape, {to: n})}
  })

interface ColumnRange {
  readonly from?: number
  readonly to: number
  /** What column k is multiplied by. */
  readonly scale?: (k: number) => number
}

/** Copies the columns `from` to before `to` of a matrix (rows, width). */
export function columnsOf(values: Data, [rows, width]: Shape, {from = 0, to, scale}: ColumnRange): Float32Array {
  const count = to - from
  const result = new Float32Array(rows * count)
  for (let i = 0; i < rows; i++) result.set(values.subarray(i * width + from, i * width + to), i * count)
  if (!scale) return result
  const scales = Array.from({length: count}, (_, k) => scale(from + k))
  return result.map((value, i) => value * scales[i % count])
}

/**
 * A tensor that follows from the factors of a weight, among them `u`. It is computed once, and stored in the type of U in a
 * file beside theirs, or in memory where that folder is read-only.
 */
export async function besideFactors(u: Stored, label: string, compute: () => Promise<ComputedValues>): Promise<Stored> {
  const {dtype, at} = u
  if ('data' in at) {
    const {shape, data} = await compute()
    return {dtype: 'float32', shape, at: {data}}
  }
  const hash = await hashTensor(u) // other libraries decompose with other signs
  const file = at.file.replace(/(\.safetensors)?$/, `.${hash.slice(0, 16)}.${label}.safetensors`)
  const [stored] = Object.values(await cachedTensors(file, async () => ({[label]: {dtype, ...(await compute())}})))
  return stored
}

interface ComputedValues {
  readonly shape: Shape
  readonly data: Float32Array
}
