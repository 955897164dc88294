import {Fault} from '../base/fault.ts'
import {type Gemm, openGemm} from '../engine/gemm.ts'
import {random} from '../tensor/random.ts'
import {type Svd, svdErrors} from './check.ts'
import {ownSvd} from './gram.ts'
import {type Lapack, lapackFault, openLapack} from './lapack.ts'

/** Factors with the algorithm that computed them, and the reason for it. */
export interface ComputedFactors extends Svd {
  readonly route: string
}

export interface SvdEngine {
  /** Decomposes `weight` (out, in). @throws Fault 'input' that names the weight, if a value is not finite */
  svd(
    weight: Float32Array,
    shape: readonly [number, number],
    options: {readonly name: string},
  ): Promise<ComputedFactors>
  dispose(): Promise<void>
}

/** The limit of all `SvdErrors`: some twenty times the error of rounding to float32. */
const BOUND = 1e-6

/**
 * Opens the singular value decomposition: LAPACK if the machine has one that works, otherwise svft's own algorithm. The
 * library is not searched for before the first weight; one that SVFT_LAPACK names and that does not work is a fault.
 */
export function openSvd({threads}: {readonly threads?: number} = {}): SvdEngine {
  const {gemm, dispose} = openGemm({threads})
  let lapack: Promise<Lapack | string> | undefined
  const openOnce = () => {
    lapack ??= openTrusted(gemm)
    return lapack
  }

  return {
    async svd(weight, shape, {name}) {
      expectFinite(weight, name)
      const opened = await openOnce()
      const isOpen = typeof opened !== 'string'
      const fast = isOpen ? await attempt(opened, weight, shape, gemm) : undefined
      if (isOpen && fast) return {...fast, route: `LAPACK (dgesdd of ${opened.library})`}
      const factors = await ownSvd(weight, shape, gemm).catch(cause => {
        throw new Fault('failed', `${name}: no singular value decomposition: ${cause.message}`, {cause})
      })
      const fault = await faultOf(weight, shape, factors, gemm)
      if (fault) throw new Fault('failed', `${name}: no singular value decomposition: ${fault}`)
      return {...factors, route: `Gram matrix and QL (${isOpen ? `${opened.library} failed` : opened})`}
    },
    dispose,
  }
}

/** Finds the LAPACK that decompositions use; returns the reason if there is none. @throws Fault 'input' if a named one does not work */
export async function findLapack(): Promise<Lapack | string> {
  const {gemm, dispose} = openGemm({threads: 1})
  return openTrusted(gemm).finally(dispose)
}

/** Opens a LAPACK that decomposes a small matrix correctly; returns the reason if there is none. */
async function openTrusted(gemm: Gemm): Promise<Lapack | string> {
  try {
    const lapack = await openLapack()
    const source = random(0, 'lapack')
    const sample = Float32Array.from({length: 64 * 64}, () => source.normal())
    const factors = await attempt(lapack, sample, [64, 64], gemm)
    if (factors) return lapack
    throw lapackFault(process.env.SVFT_LAPACK, `${lapack.library} fails on a sample`)
  } catch (error) {
    if (error instanceof Fault) throw error
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
    return undefined // svft's own algorithm remains
  }
}

/** Describes the defect of a decomposition; undefined if it has none. */
async function faultOf(
  weight: Float32Array,
  shape: readonly [number, number],
  factors: Svd,
  gemm: Gemm,
): Promise<string | undefined> {
  if (!factors.s.every(Number.isFinite)) return 'its singular values exceed float32'
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
