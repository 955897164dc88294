import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Svd} from './check.ts'

export interface Lapack {
  readonly library: string
  /** Decomposes `weight` (out, in), computing in float64. Throws if LAPACK fails. */
  svd(weight: Float32Array, shape: readonly [number, number]): Svd
}

// Without plain liblapack.so.3, since the reference library is several times slower than svft's own algorithm.
const LIBRARIES = ['libopenblas.so.0', 'libmkl_rt.so', '/System/Library/Frameworks/Accelerate.framework/Accelerate']

// Fortran passes the length of each text after the other arguments.
const DGESDD = `void dgesdd_(const char *jobz, int64_t *m, int64_t *n, double *a, int64_t *lda, double *s, double *u,
  int64_t *ldu, double *vt, int64_t *ldvt, double *work, int64_t *lwork, int64_t *iwork, int64_t *info, size_t length)`

/**
 * Opens the machine's first LAPACK that loads, or the one that SVFT_LAPACK names. Throws the reason if there is none.
 *
 * @throws Fault 'input' if SVFT_LAPACK names one that does not load
 */
export async function openLapack(): Promise<Lapack> {
  const named = process.env.SVFT_LAPACK
  if (named === 'none') throw new Error('SVFT_LAPACK=none')
  const {koffi} = await import('../base/native/koffi.ts').catch(cause => {
    throw lapackFault(named, 'koffi has no binary for this machine', {cause})
  })
  for (const library of named ? [named] : LIBRARIES) {
    try {
      return {library, svd: bind(koffi.load(library).func(DGESDD))}
    } catch (error) {
      if (named) throw lapackFault(named, (error as Error).message)
    }
  }
  throw new Error(`no LAPACK library loads: ${LIBRARIES.join(', ')}`)
}

/** The fault of a library that the user named; an error if it was only one to try. */
export function lapackFault(named: string | undefined, reason: string, options?: ErrorOptions): Error {
  if (!named) return new Error(reason, options)
  const advice = "name another LAPACK, or set it to none for svft's own decomposition"
  return new Fault('input', `SVFT_LAPACK=${escapeLine(named)}: ${escapeLine(reason, 300)}; ${advice}`, options)
}

type Argument = string | number | Float64Array | BigInt64Array

/** LAPACK's matrices are column-major, so it decomposes Wᵀ: its left vectors are v, its right vectors u, both in our layout. */
function bind(dgesdd: (...args: readonly Argument[]) => void): Lapack['svd'] {
  return (weight, [out, input]) => {
    const n = Math.min(out, input)
    const a = new Float64Array(weight)
    const s = new Float64Array(n)
    const v = new Float64Array(n * input)
    const u = new Float64Array(out * n)
    const iwork = new BigInt64Array(8 * n)
    const info = integer(0)
    const call = (work: Float64Array, length: number) => {
      const [rows, cols, rank] = [integer(input), integer(out), integer(n)]
      dgesdd('S', rows, cols, a, rows, s, v, rows, u, rank, work, integer(length), iwork, info, 1)
      if (info[0] !== 0n) throw new Error(`dgesdd returned ${info[0]}`)
    }
    const size = new Float64Array(1) // a length of -1 requests the best one
    call(size, -1)
    call(new Float64Array(size[0]), size[0])
    return {u: Float32Array.from(u), s: Float32Array.from(s), v: Float32Array.from(v)}
  }
}

/** Eight bytes, little-endian: correct for libraries with 32-bit integers and for those with 64-bit integers. */
const integer = (value: number) => BigInt64Array.of(BigInt(value))
