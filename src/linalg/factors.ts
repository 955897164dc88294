import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {makeFolder} from '../base/files.ts'
import {ioFault} from '../base/io-fault.ts'
import {type LockOptions, removeDeadLocks, withLock} from '../base/lock.ts'
import type {Stored} from '../engine/program.ts'
import {hashTensor} from '../weights/checkpoint.ts'
import {readChecksummed, writeChecksummed} from '../weights/checksummed.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {SvdEngine} from './svd.ts'

/** W = U Σ Vᵀ in float32, each in a file: u (out, n), sigma (n) falling, v (n, in), n = min(out, in). */
export interface StoredFactors {
  readonly u: Stored
  /** `s` in the file. */
  readonly sigma: Stored
  readonly v: Stored
}

export interface FactoriseOptions {
  /** The folder of the files `<sha256 of the weight>.safetensors`, which several processes may share. */
  readonly cache: string
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
 * compute the same.
 */
export async function factorise(
  stored: Stored,
  {cache, svd, name = 'weight', wait, warn, signal}: FactoriseOptions,
): Promise<StoredFactors> {
  await makeFolder(cache).catch(error => Promise.reject(ioFault(cache, error)))
  await removeDeadLocks(cache).catch(() => {}) // a cache that others share may be read-only
  const shape = matrixShape(stored, name)
  const hash = await hashTensor(stored)
  const file = join(cache, `${hash}.safetensors`)
  const compute = async () =>
    (await readFactors(file, shape)) ?? // written while this process waited
    (await writeFactors(file, stored, {name, shape, svd}))
  const onDamage = (problem: string) => warn?.(`${problem}; the factors of ${name} are computed anew`)
  return (
    (await readFactors(file, shape, onDamage)) ?? (await withLock(cache, compute, {of: hash, here: true, wait, signal}))
  )
}

function matrixShape({shape}: Stored, name: string): readonly [number, number] {
  const [out, input] = shape
  if (shape.length === 2 && out > 0 && input > 0) return [out, input]
  throw new Fault('input', `${name}: only a matrix has a singular value decomposition; its shape is [${shape}]`)
}

/** Reads the factors of a cache file, if it exists, is undamaged, and belongs to a weight of this shape. */
async function readFactors(
  file: string,
  [out, input]: readonly [number, number],
  onDamage?: (problem: string) => void,
): Promise<StoredFactors | undefined> {
  const n = Math.min(out, input)
  const {u, s, v} = (await readChecksummed(file, onDamage)) ?? {}
  const isIntact = isFloat32(u, [out, n]) && isFloat32(s, [n]) && isFloat32(v, [n, input])
  return isIntact ? {u, sigma: s, v} : undefined
}

const isFloat32 = (stored: Stored | undefined, shape: readonly number[]) =>
  stored?.dtype === 'float32' && String(stored.shape) === String(shape)

async function writeFactors(
  file: string,
  stored: Stored,
  {name, shape, svd}: {readonly name: string; readonly shape: readonly [number, number]; readonly svd: SvdEngine},
): Promise<StoredFactors> {
  const weight = await readTensor(stored)
  if (!(weight instanceof Float32Array))
    throw new Fault('input', `${name}: the weight is ${stored.dtype}; only floats can be decomposed`)
  const {u, s, v} = await svd.svd(weight, shape, {name})
  const [out, input] = shape
  const n = s.length
  await writeChecksummed(
    file,
    {
      u: {dtype: 'float32', shape: [out, n], data: u},
      s: {dtype: 'float32', shape: [n], data: s},
      v: {dtype: 'float32', shape: [n, input], data: v},
    },
    {metadata: {route: await svd.describe()}},
  )
  const written = await readFactors(file, shape)
  if (!written) throw new Fault('io', `${file}: cannot be read back just after it was written`)
  return written
}
