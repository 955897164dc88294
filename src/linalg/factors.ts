import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {makeFolder, remove} from '../base/files.ts'
import {type LockOptions, removeDeadLocks, withLock} from '../base/lock.ts'
import {DTYPE_OF, type Precision, type Stored, type StoredDType} from '../engine/program.ts'
import {readChecksummed, writeChecksummed} from '../weights/checksummed.ts'
import {hashTensor} from '../weights/hash-tensor.ts'
import {readFloats, readTensor} from '../weights/safetensors.ts'
import type {ComputedFactors, SvdEngine} from './svd.ts'

/** W = U Σ Vᵀ, thin: n = min(out, in). Sigma is float32, as are u and v unless bfloat16 was requested. */
export interface Factors {
  /** U, (out, n). */
  readonly u: Stored
  /** Σ's diagonal in falling order, (n); `s` in a file. */
  readonly sigma: Stored
  /** Vᵀ, (n, in). */
  readonly v: Stored
}

export interface FactorizeOptions {
  /**
   * The folder of the files `<sha256 of the weight>.safetensors`, and `<sha256>.bf16.safetensors` of factors in
   * bfloat16, which several processes may share.
   */
  readonly cache: string
  /**
   * The type of U and V. Factors in bfloat16 are float32 ones, rounded, whether those are in the cache or computed now.
   * Measured on random weights and SmolLM2's, ‖W − U Σ Vᵀ‖ / ‖W‖ is then 2.3e-3 to 2.5e-3 (1.3e-3 to 1.7e-3 for W itself
   * in bfloat16), and ‖UᵀU − I‖ / √n and ‖V Vᵀ − I‖ / √n are at most 2.5e-3.
   */
  readonly precision?: Precision
  /** Decomposes a weight that is not in the cache. */
  readonly svd: SvdEngine
  /** The weight's name in messages. */
  readonly name?: string
  /** Called if another process is decomposing the weight, for which this one then waits; without it that is a fault, 'busy'. */
  readonly wait?: LockOptions['wait']
  /** Called with each damaged file of the cache, whose factors are computed again. */
  readonly warn?: ((text: string) => void) | undefined
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

/**
 * The singular value decomposition of one weight (out, in), from the cache or computed and stored there; no two processes
 * of a machine compute the same.
 */
export async function factorize(
  stored: Stored,
  {cache, precision = 'f32', svd, name = 'weight', wait, warn, signal}: FactorizeOptions,
): Promise<Factors> {
  await makeFolder(cache)
  await removeDeadLocks(cache).catch(() => {}) // a cache that others share may be read-only
  const shape = matrixShape(stored, name)
  const hash = await hashTensor(stored)
  const onDamage = (problem: string) => warn?.(`${problem}; the factors of ${name} are computed anew`)
  const file = {path: join(cache, `${hash}${SUFFIX[precision]}`), precision, shape}
  const compute = async () => {
    const written = await readFactors(file) // while this process waited
    if (written) return written
    const exact = {path: join(cache, `${hash}${SUFFIX.f32}`), precision: 'f32', shape} as const
    const cached = precision === 'bf16' ? await readFactors(exact, onDamage) : undefined
    return writeFactors(file, cached ? await readValues(cached) : await decompose(stored, {name, shape, svd}))
  }
  return (await readFactors(file, onDamage)) ?? (await withLock(cache, compute, {of: hash, here: true, wait, signal}))
}

const SUFFIX = {f32: '.safetensors', bf16: '.bf16.safetensors'} as const

function matrixShape({shape}: Stored, name: string): MatrixShape {
  const [out, input] = shape
  if (shape.length === 2 && out > 0 && input > 0) return [out, input]
  throw new Fault('input', `${name}: only a matrix has a singular value decomposition; its shape is [${shape}]`)
}

type MatrixShape = readonly [out: number, into: number]

interface FactorsFile {
  readonly path: string
  readonly precision: Precision
  readonly shape: MatrixShape
}

/** Reads a cache file, if it exists, is undamaged, and has the factors of a weight of this shape in this precision. */
async function readFactors(
  {path, precision, shape: [out, input]}: FactorsFile,
  onDamage?: (problem: string) => void,
): Promise<Factors | undefined> {
  const n = Math.min(out, input)
  const {u, s, v} = (await readChecksummed(path, onDamage)) ?? {}
  const isIntact =
    matches(u, DTYPE_OF[precision], [out, n]) &&
    matches(s, 'float32', [n]) &&
    matches(v, DTYPE_OF[precision], [n, input])
  return isIntact ? {u, sigma: s, v} : undefined
}

const matches = (stored: Stored | undefined, dtype: StoredDType, shape: readonly number[]) =>
  stored?.dtype === dtype && String(stored.shape) === String(shape)

async function decompose(
  stored: Stored,
  {name, shape, svd}: {readonly name: string; readonly shape: MatrixShape; readonly svd: SvdEngine},
): Promise<ComputedFactors> {
  const weight = await readTensor(stored)
  if (!(weight instanceof Float32Array))
    throw new Fault('input', `${name}: the weight is ${stored.dtype}; only floats can be decomposed`)
  return svd.svd(weight, shape, {name})
}

async function readValues({u, sigma, v}: Factors): Promise<ComputedFactors> {
  return {u: await readFloats(u), s: await readFloats(sigma), v: await readFloats(v), route: 'factors in float32'}
}

/**
 * Writes a file of factors, and reads it back. Where another machine was first, the factors are its own, since those of two
 * libraries may differ: a file on which a run may be training is replaced only if it is damaged.
 */
async function writeFactors(file: FactorsFile, {u, s, v, route}: ComputedFactors): Promise<Factors> {
  const {path, precision, shape} = file
  const [out, input] = shape
  const n = s.length
  const tensors = {
    u: {dtype: DTYPE_OF[precision], shape: [out, n], data: u},
    s: {dtype: 'float32', shape: [n], data: s},
    v: {dtype: DTYPE_OF[precision], shape: [n, input], data: v},
  } as const
  for (const isDamaged of [false, true]) {
    if (isDamaged) await remove(path)
    await writeChecksummed(path, tensors, {metadata: {route}, keep: true})
    const written = await readFactors(file)
    if (written) return written
  }
  throw new Fault('io', `${path}: cannot be read back just after it was written`)
}
