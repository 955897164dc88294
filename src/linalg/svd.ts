import {Fault} from '../base/fault.ts'
import {type Gemm, openGemm} from '../engine/gemm.ts'
import {random} from '../tensor/random.ts'
import {svdErrors} from './check.ts'
import {ownSvd} from './eigen-svd.ts'
import type {Svd} from './factorization.ts'
import {type Lapack, openLapack} from './lapack.ts'

export interface SvdEngine {
  /** Which route is taken, in words, and why. */
  describe(): Promise<string>
  /** Decomposes `weight` (out, in). Throws a Fault that names the weight where it holds no finite numbers. */
  svd(weight: Float32Array, shape: readonly [number, number], options: {readonly name: string}): Promise<Svd>
  dispose(): Promise<void>
}

export interface SvdOptions {
  readonly threads?: number
  /** `lapack`: a LAPACK library of the machine before the own route. */
  readonly prefer?: 'lapack' | 'own'
}

/** `SvdErrors` may not exceed this: some ten times what rounding to float32 leaves. */
const BOUND = 1e-6

/**
 * Opens the singular value decomposition: LAPACK where the machine has one that works, else the own route. The machine
 * is not searched before the first weight.
 */
export function openSvd({threads, prefer = 'lapack'}: SvdOptions = {}): SvdEngine {
  const {gemm, dispose} = openGemm({threads})
  let sought: Promise<Lapack | string> | undefined
  const seek = () => {
    sought ??= prefer === 'lapack' ? trustedLapack(gemm) : Promise.resolve('asked for')
    return sought
  }

  return {
    async describe() {
      const found = await seek()
      return typeof found === 'string' ? `Gram matrix and QL (${found})` : `LAPACK (dgesdd of ${found.library})`
    },
    async svd(weight, shape, {name}) {
      expectFinite(weight, name)
      const found = await seek()
      const quick = typeof found === 'string' ? undefined : await attempt(found, weight, shape, gemm)
      if (quick) return quick
      const factors = await ownSvd(weight, shape, gemm).catch(cause => {
        throw new Fault('failed', `${name}: no singular value decomposition: ${cause.message}`, {cause})
      })
      const fault = await faultOf(weight, shape, factors, gemm)
      if (fault) throw new Fault('failed', `${name}: no singular value decomposition: ${fault}`)
      return factors
    },
    dispose,
  }
}

/** A LAPACK that decomposes a small matrix right, or why there is none. */
async function trustedLapack(gemm: Gemm): Promise<Lapack | string> {
  try {
    const lapack = await openLapack()
    const source = random(0, 'lapack')
    const sample = Float32Array.from({length: 64 * 64}, () => source.normal())
    const factors = await attempt(lapack, sample, [64, 64], gemm)
    return factors ? lapack : `${lapack.library} fails on a sample`
  } catch (error) {
    return (error as Error).message
  }
}

async function attempt(
  lapack: Lapack,
  weight: Float32Array,
  shape: readonly [number, number],
  gemm: Gemm,
): Promise<Svd | undefined> {
  try {
    const factors = lapack.svd(weight, shape)
    return (await faultOf(weight, shape, factors, gemm)) ? undefined : factors
  } catch {
    return undefined // the own route remains
  }
}

/** Describes the defect of a decomposition; undefined if it has none. */
async function faultOf(
  weight: Float32Array,
  shape: readonly [number, number],
  factors: Svd,
  gemm: Gemm,
): Promise<string | undefined> {
  const errors = await svdErrors(weight, shape, factors, gemm)
  for (const [of, error] of Object.entries(errors)) {
    if (!(error <= BOUND)) return `error of ${of} above ${BOUND}: ${error}` // not, so that NaN fails too
  }
  return undefined
}

function expectFinite(weight: Float32Array, name: string): void {
  for (let i = 0; i < weight.length; i++) {
    if (!Number.isFinite(weight[i]))
      throw new Fault('input', `${name}: not a finite number at index ${i}: ${weight[i]}`)
  }
}
