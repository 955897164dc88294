/**
 * One sweep of plane rotations, in the order they were made: pair `first + cos.length − 1` down to pair `first`.
 * Rotation i takes the vectors i and i + 1 to cos·vᵢ − sin·vᵢ₊₁ and sin·vᵢ + cos·vᵢ₊₁.
 */
export interface RotationSweep {
  readonly first: number
  readonly cos: Float64Array
  readonly sin: Float64Array
}

const MAX_SWEEPS = 60 // an eigenvalue takes about two

/**
 * Implicit QL with Wilkinson's shift (Dubrulle, Martin and Wilkinson 1968): diagonalizes a symmetric tridiagonal
 * matrix in place, and yields the rotations to apply to its eigenvectors.
 *
 * @param d the n diagonal entries; afterwards the eigenvalues, unsorted
 * @param e the n − 1 off-diagonal entries and one spare; afterwards zeros
 */
export function* ql(d: Float64Array, e: Float64Array): Generator<RotationSweep> {
  const negligible = Number.EPSILON * largest(d, e)
  for (let low = 0; low < d.length; low++) {
    for (let sweeps = 0; ; sweeps++) {
      const high = blockEnd(e, low, negligible)
      if (high === low) break
      if (sweeps === MAX_SWEEPS) throw new Error(`no eigenvalue after ${MAX_SWEEPS} sweeps of QL`)
      yield sweepDown(d, e, low, high)
    }
  }
}

/** The largest entry of the matrix: a sweep's rounding error is ε times it, so smaller couplings are noise. */
function largest(d: Float64Array, e: Float64Array): number {
  let size = 0
  for (let i = 0; i < d.length; i++) size = Math.max(size, Math.abs(d[i]), Math.abs(e[i]))
  return size
}

/** The last index of the unreduced block that begins at `low`. */
function blockEnd(e: Float64Array, low: number, negligible: number): number {
  let high = low
  while (high < e.length - 1 && Math.abs(e[high]) > negligible) high++
  return high
}

function sweepDown(d: Float64Array, e: Float64Array, low: number, high: number): RotationSweep {
  const cos = new Float64Array(high - low)
  const sin = new Float64Array(high - low)
  const half = (d[low + 1] - d[low]) / (2 * e[low])
  const root = Math.sqrt(half * half + 1)
  let g = d[high] - d[low] + e[low] / (half + (half >= 0 ? root : -root))
  let c = 1
  let s = 1
  let p = 0
  for (let i = high - 1; i >= low; i--) {
    const f = s * e[i]
    const b = c * e[i]
    const r = Math.sqrt(f * f + g * g)
    e[i + 1] = r
    if (r === 0) {
      d[i + 1] -= p // the matrix splits here; the rotations so far are valid
      e[high] = 0
      return {first: i + 1, cos: cos.subarray(i + 1 - low), sin: sin.subarray(i + 1 - low)}
    }
    s = f / r
    c = g / r
    g = d[i + 1] - p
    const t = (d[i] - g) * s + 2 * c * b
    p = s * t
    d[i + 1] = g + p
    g = c * t - b
    cos[i - low] = c
    sin[i - low] = s
  }
  d[low] -= p
  e[low] = g
  e[high] = 0
  return {first: low, cos, sin}
}
