import {memoize} from '../../base/memoize.ts'
import {type Tensor, tf, transposeEach, withGradient} from '../../tensor/tf.ts'

/**
 * R − I = 2 Q Z, Z = (I − Q)⁻¹, (K, r, r), for K skew-symmetric Q (r, r) with `entries` (K, r (r − 1) / 2) above their diagonals,
 * row by row. The gradient needs only Z: dQ = 2 Zᵀ dR Zᵀ.
 */
export function rotationsLessIdentity(entries: Tensor, r: number): Tensor {
  const {signed, upper} = skewPositions(r)
  return withGradient([entries], ([entries]) => {
    const [K] = entries.shape
    const all = tf.concat([entries, tf.neg(entries), tf.zeros([K, 1])], 1)
    const Q = tf.reshape(tf.gather(all, tf.tensor1d(signed, 'int32'), 1), [K, r, r])
    const Z = inverse(Q, r)
    return {
      value: tf.mul(tf.matMul(Q, Z), 2),
      saved: [Z, tf.tensor1d(upper, 'int32')],
      gradient(dR, [Z, upper]) {
        const G = tf.matMul(tf.matMul(Z, dR, true, false), Z, false, true) // half the gradient to Q
        return [tf.mul(tf.gather(tf.reshape(tf.sub(G, transposeEach(G)), [K, r * r]), upper, 1), 2)]
      },
    }
  })
}

/**
 * (I − Q)⁻¹ by Newton's iteration Z ← c Z (2 I − M Z) with M = I − Q; its number of steps does not depend on r, as that of an
 * elimination does. From Z = Mᵀ / (1 + t) with t = ‖Q‖² / 2 (Frobenius), the eigenvalues of M Z lie between 1 / (1 + t) and 1,
 * since those of Q are pairs ± i q with q² ≤ t. A step maps an eigenvalue λ to c λ (2 − λ), and all go to 1.
 */
function inverse(Q: Tensor, r: number): Tensor {
  const M = tf.sub(identity(r), Q)
  const t = tf.mul(tf.sum(tf.square(Q), [1, 2], true), 0.5)
  let Z: Tensor = tf.div(transposeEach(M), tf.add(t, 1))
  for (const c of SCALES) Z = tf.matMul(Z, tf.add(tf.mul(tf.matMul(M, Z), -c), identity(r, 2 * c)))
  return Z
}

/** The identity times `scale`, as a constant. */
const identity = (r: number, scale = 1): Tensor => {
  const values = new Float32Array(r * r)
  for (let i = 0; i < r; i++) values[i * (r + 1)] = scale
  return tf.tensor2d(values, [r, r])
}

/** The precision of float32. */
const FLOAT32 = 2 ** -24

/**
 * ‖Q‖ up to which R is exact: that of a rotation by 179° in one plane, or of r = 128 with entries of 2. Beyond, R is not quite
 * orthogonal.
 */
const LARGEST_NORM = 256

/** With a larger c, eigenvalues come so close to 2 that 2 I − M Z has no digits left where products are in bfloat16. */
const LARGEST_SCALE = 1.5

const SCALES: readonly number[] = scalesFrom(1 / (1 + LARGEST_NORM ** 2 / 2), 1)

/**
 * The c of each step, from the bounds of the eigenvalues of M Z: those of M Z (2 I − M Z) lie between `least` and 1, and c moves
 * them to both sides of 1, as far as it may.
 */
function scalesFrom(lowest: number, highest: number): number[] {
  if (Math.max(1 - lowest, highest - 1) < FLOAT32) return []
  const least = Math.min(lowest * (2 - lowest), highest * (2 - highest))
  const c = Math.min(LARGEST_SCALE, 2 / (1 + least))
  return [c, ...scalesFrom(c * least, c)]
}

/** Positions of Q's entries: `signed` of each in (entries, −entries, 0), `upper` of those above the diagonal in Q. */
const skewPositions = memoize((r: number) => {
  const k = (r * (r - 1)) / 2
  const signed = new Int32Array(r * r).fill(2 * k)
  const upper = new Int32Array(k)
  let at = 0
  for (let i = 0; i < r; i++) {
    for (let j = i + 1; j < r; j++) {
      upper[at] = i * r + j
      signed[i * r + j] = at
      signed[j * r + i] = k + at
      at++
    }
  }
  return {signed, upper}
})
