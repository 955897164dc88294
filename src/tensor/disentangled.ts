import type {AttentionInputs} from './attention.ts'
import {addAll, type Tensor, tf, withGradient} from './tf.ts'

export interface DisentangledOptions {
  /** The position key for a query at i and a key at j is row j − i + T − 1 of (H, 2T − 1, D). */
  readonly positionKeys?: Tensor
  /** The position query for a query at i and a key at j is row i − j + T − 1 of (H, 2T − 1, D). */
  readonly positionQueries?: Tensor
  readonly scale: number
  /** Additive, (B, 1, 1, T). */
  readonly mask: Tensor
  /** Zeroes and rescales probabilities (B, H, T, T), the same entries at every call. */
  readonly dropout?: (probabilities: Tensor) => Tensor
}

/**
 * Disentangled attention, He et al. 2021, equation 4: softmax((qᵢ·kⱼ + qᵢ·Kᵣ + kⱼ·Qᵣ) · scale + mask) v, with position
 * keys K (content to position) and position queries Q (position to content) of the relative position r of i and j. Their
 * products are computed for the 2T − 1 relative positions and then shifted, so that no tensor has both T² and D, and
 * nothing is gathered. The custom gradient saves the probabilities and no other tensor of their size.
 *
 * q, k and v (B, H, T, D) → (B, H, T, D)
 */
export function disentangled(
  {q, k, v}: AttentionInputs,
  {positionKeys, positionQueries, scale, mask, dropout = x => x}: DisentangledOptions,
): Tensor {
  const positions = [positionKeys, positionQueries].filter(x => x !== undefined)
  const named = (positions: Tensor[]) => ({
    K: positionKeys && positions[0],
    Q: positionQueries && positions[positions.length - 1],
  })

  return withGradient([q, k, v, ...positions], ([q, k, v, ...positions]) => {
    const {K, Q} = named(positions)
    const [scaledQ, scaledK] = [tf.mul(q, scale), tf.mul(k, scale)]
    let scores = tf.matMul(scaledQ, k, false, true)
    if (K) scores = tf.add(scores, shift(tf.matMul(scaledQ, K, false, true)))
    if (Q) scores = tf.add(scores, transposeLast(shift(tf.matMul(scaledK, Q, false, true))))
    const P = tf.softmax(tf.add(scores, mask))
    const O = tf.matMul(dropout(P), v)

    return {
      value: O,
      saved: [q, k, v, P, O, ...positions],
      gradient(dy, [q, k, v, P, O, ...positions]) {
        const {K, Q} = named(positions)
        const dP = dropout(tf.matMul(dy, v, false, true))
        const dS = tf.mul(tf.mul(P, tf.sub(dP, tf.sum(tf.mul(dy, O), -1, true))), scale)
        const dq = [tf.matMul(dS, k)]
        const dk = [tf.matMul(dS, q, true, false)]
        const dPositions: Tensor[] = []
        if (K) {
          const dA = unshift(dS)
          dq.push(tf.matMul(dA, K))
          dPositions.push(tf.sum(tf.matMul(dA, q, true, false), 0))
        }
        if (Q) {
          const dA = unshift(transposeLast(dS))
          dk.push(tf.matMul(dA, Q))
          dPositions.push(tf.sum(tf.matMul(dA, k, true, false), 0))
        }
        return [addAll(dq), addAll(dk), tf.matMul(dropout(P), dy, true, false), ...dPositions]
      },
    }
  })
}

/** A (…, T, 2T − 1) → S (…, T, T) with S[i, j] = A[i, j − i + T − 1], by reading with a stride of 2T − 2 (Dai et al. 2019). */
function shift(A: Tensor): Tensor {
  const [B, H, T] = A.shape
  if (T === 1) return A
  const flat = tf.slice(tf.reshape(A, [B, H, T * (2 * T - 1)]), [0, 0, T - 1], [B, H, T * (2 * T - 2)])
  return tf.slice(tf.reshape(flat, [B, H, T, 2 * T - 2]), [0, 0, 0, 0], [B, H, T, T])
}

/** The gradient of `shift`: each entry at its original index, 0 elsewhere. */
function unshift(dS: Tensor): Tensor {
  const [B, H, T] = dS.shape
  if (T === 1) return dS
  const none: [number, number] = [0, 0]
  const wide = tf.reshape(tf.pad(dS, [none, none, none, [0, T - 2]]), [B, H, T * (2 * T - 2)])
  return tf.reshape(tf.pad(wide, [none, none, [T - 1, 1]]), [B, H, T, 2 * T - 1])
}

const transposeLast = (x: Tensor) => tf.transpose(x, [0, 1, 3, 2])
