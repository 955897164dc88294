import {join} from 'node:path'
import {Fault} from '../base/fault.ts'
import {makeFolder} from '../base/files.ts'
import {ioFault} from '../base/io-fault.ts'
import {type LockOptions, removeDeadLocks, withLock} from '../base/lock.ts'
import type {Named, Stored} from '../engine/program.ts'
import {hashTensor} from '../weights/checkpoint.ts'
import {readTensor} from '../weights/safetensors.ts'
import {readSealed, writeSealed} from '../weights/sealed.ts'
import {openSvd, type SvdEngine} from './svd.ts'

/** W = U Σ Vᵀ in float32, each in a file: u (out, n), sigma (n) falling, v (n, in), n = min(out, in). */
export interface StoredFactors {
  readonly u: Stored
  /** `s` in the file. */
  readonly sigma: Stored
  readonly v: Stored
}

/** What is told after each weight. */
export interface FactorProgress {
  readonly done: number
  readonly total: number
  readonly name: string
  /** For this weight. */
  readonly seconds: number
  /** Where its factors come from: `cache`, or the route that computed them. */
  readonly from: string
}

export interface FactoriseOptions {
  /** A folder of `<sha256 of the weight>.safetensors`, which several processes may share. */
  readonly cache: string
  /** Decomposes what is not in the cache; it stays open. Without it one is opened where it is needed. */
  readonly svd?: SvdEngine
  readonly threads?: number
  readonly onProgress?: (progress: FactorProgress) => void
  /** Told where another process decomposes a weight just now, which is then waited for; else it is a fault, 'busy'. */
  readonly wait?: LockOptions['wait']
  /** Told of a file of the cache that is not as it was written: its factors are computed anew and replace it. */
  readonly warn?: ((text: string) => void) | undefined
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined
}

/** The singular value decomposition of one weight (out, in), from the cache or computed and kept there. */
export async function factorise(
  stored: Stored,
  {name = 'weight', ...options}: FactoriseOptions & {readonly name?: string},
): Promise<StoredFactors> {
  const {[name]: factors} = await factoriseAll({[name]: stored}, options)
  return factors
}

/** The singular value decompositions of weights (out, in), one after the other; no two processes compute the same. */
export async function factoriseAll(
  weights: Named<Stored>,
  {cache, svd, threads, onProgress, wait, warn, signal}: FactoriseOptions,
): Promise<Record<string, StoredFactors>> {
  await makeFolder(cache).catch(error => Promise.reject(ioFault(cache, error)))
  await removeDeadLocks(cache).catch(() => {}) // a cache that others share may be read-only
  const factors: Record<string, StoredFactors> = {}
  const total = Object.keys(weights).length
  let engine = svd
  try {
    for (const [name, stored] of Object.entries(weights)) {
      const started = performance.now()
      const shape = matrixShape(stored, name)
      const hash = await hashTensor(stored)
      const file = join(cache, `${hash}.safetensors`)
      let from = 'cache'
      const compute = async () => {
        const kept = await readFactors(file, shape) // written while this process waited
        if (kept) return kept
        engine ??= openSvd({threads})
        from = await engine.describe()
        return writeFactors(file, stored, {name, shape, engine})
      }
      const onDamage = (problem: string) => warn?.(`${problem}; the factors of ${name} are computed anew`)
      factors[name] =
        (await readFactors(file, shape, onDamage)) ??
        (await withLock(cache, compute, {of: hash, here: true, wait, signal}))
      const seconds = (performance.now() - started) / 1000
      onProgress?.({done: Object.keys(factors).length, total, name, seconds, from})
    }
  } finally {
    if (engine !== svd) await engine?.dispose()
  }
  return factors
}

function matrixShape({shape}: Stored, name: string): readonly [number, number] {
  const [out, input] = shape
  if (shape.length === 2 && out > 0 && input > 0) return [out, input]
  throw new Fault('input', `${name}: only a matrix has a singular value decomposition: shape [${shape}]`)
}

/** The factors in a cache file, if it is there, as it was written and of a weight of this shape. */
async function readFactors(
  file: string,
  [out, input]: readonly [number, number],
  onDamage?: (problem: string) => void,
): Promise<StoredFactors | undefined> {
  const n = Math.min(out, input)
  const {u, s, v} = (await readSealed(file, onDamage)) ?? {}
  const whole = isFloat32(u, [out, n]) && isFloat32(s, [n]) && isFloat32(v, [n, input])
  return whole ? {u, sigma: s, v} : undefined
}

const isFloat32 = (stored: Stored | undefined, shape: readonly number[]) =>
  stored?.dtype === 'float32' && String(stored.shape) === String(shape)

interface Work {
  readonly name: string
  readonly shape: readonly [number, number]
  readonly engine: SvdEngine
}

async function writeFactors(file: string, stored: Stored, {name, shape, engine}: Work): Promise<StoredFactors> {
  const weight = await readTensor(stored)
  if (!(weight instanceof Float32Array)) throw new Fault('input', `${name}: a weight is of floats, not ${stored.dtype}`)
  const {u, s, v} = await engine.svd(weight, shape, {name})
  const [out, input] = shape
  const n = s.length
  await writeSealed(
    file,
    {
      u: {dtype: 'float32', shape: [out, n], data: u},
      s: {dtype: 'float32', shape: [n], data: s},
      v: {dtype: 'float32', shape: [n, input], data: v},
    },
    {metadata: {route: await engine.describe()}},
  )
  const written = await readFactors(file, shape)
  if (!written) throw new Fault('io', `${file}: cannot be read back just after it was written`)
  return written
}
