import * as tf from './tf.ts'

export interface DisentangledOptions {
  /** What position keys are for a query at i and a key at j, row j − i + T − 1 of (H, 2T − 1, D). */
  readonly positionKeys?: tf.Tensor | undefined
  /** What position queries are for the same, row i − j + T − 1 of (H, 2T − 1, D). */
  readonly positionQueries?: tf.Tensor | undefined
  readonly scale: number
  /** Additive, (B, 1, 1, T). */
  readonly mask: tf.Tensor
  /** Zeroes and rescales probabilities (B, H, T, T), the same ones at every call. */
  readonly dropout?: (probabilities: tf.Tensor) => tf.Tensor
}

/**
 * Disentangled attention, He et al. 2021, equation 4: softmax((qᵢ·kⱼ + qᵢ·Kᵣ + kⱼ·Qᵣ) · scale + mask) v, with position
 * keys K (content to position) and position queries Q (position to content) of the relative place r of i and j. Their
 * products are taken for the 2T − 1 places that occur and then shifted into place, so that no tensor has both T² and D,
 * and nothing is gathered. Its own gradient keeps the probabilities and nothing else of their size.
 *
 * q, k and v (B, H, T, D) → (B, H, T, D)
 */
export function disentangled(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  {positionKeys, positionQueries, scale, mask, dropout = x => x}: DisentangledOptions,
): tf.Tensor {
  const places = [positionKeys, positionQueries].filter(found => found !== undefined)
  const part = (found: tf.Tensor[]) => ({
    K: positionKeys && found[0],
    Q: positionQueries && found[positionKeys ? 1 : 0],
  })

  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.at(-1) as tf.GradSaveFunc
    const [q, k, v, ...found] = args.slice(0, -1) as tf.Tensor[]
    const {K, Q} = part(found)
    const [scaledQ, scaledK] = [tf.mul(q, scale), tf.mul(k, scale)]
    let scores = tf.matMul(scaledQ, k, false, true)
    if (K) scores = tf.add(scores, shift(tf.matMul(scaledQ, K, false, true)))
    if (Q) scores = tf.add(scores, turn(shift(tf.matMul(scaledK, Q, false, true))))
    const P = tf.softmax(tf.add(scores, mask))
    const O = tf.matMul(dropout(P), v)
    save([q, k, v, P, O, ...found])

    return {
      value: O,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [q, k, v, P, O, ...found] = saved
        const {K, Q} = part(found)
        const dP = dropout(tf.matMul(dy, v, false, true))
        const dS = tf.mul(tf.mul(P, tf.sub(dP, tf.sum(tf.mul(dy, O), -1, true))), scale)
        const dq = [tf.matMul(dS, k)]
        const dk = [tf.matMul(dS, q, true, false)]
        const dPlaces: tf.Tensor[] = []
        if (K) {
          const dA = unshift(dS)
          dq.push(tf.matMul(dA, K))
          dPlaces.push(tf.sum(tf.matMul(dA, q, true, false), 0))
        }
        if (Q) {
          const dA = unshift(turn(dS))
          dk.push(tf.matMul(dA, Q))
          dPlaces.push(tf.sum(tf.matMul(dA, k, true, false), 0))
        }
        const total = (parts: tf.Tensor[]) => parts.reduce((sum, next) => tf.add(sum, next))
        return [total(dq), total(dk), tf.matMul(dropout(P), dy, true, false), ...dPlaces]
      },
    }
  })(q, k, v, ...places)
}

/** A (…, T, 2T − 1) → S (…, T, T) with S[i, j] = A[i, j − i + T − 1]: read with a stride of 2T − 2 (Dai et al. 2019). */
function shift(A: tf.Tensor): tf.Tensor {
  const [B, H, T] = A.shape
  if (T === 1) return A
  const flat = tf.slice(tf.reshape(A, [B, H, T * (2 * T - 1)]), [0, 0, T - 1], [B, H, T * (2 * T - 2)])
  return tf.slice(tf.reshape(flat, [B, H, T, 2 * T - 2]), [0, 0, 0, 0], [B, H, T, T])
}

/** The gradient of `shift`: each entry back in its place, 0 elsewhere. */
function unshift(dS: tf.Tensor): tf.Tensor {
  const [B, H, T] = dS.shape
  if (T === 1) return dS
  const none: [number, number] = [0, 0]
  const wide = tf.reshape(tf.pad(dS, [none, none, none, [0, T - 2]]), [B, H, T * (2 * T - 2)])
  return tf.reshape(tf.pad(wide, [none, none, [T - 1, 1]]), [B, H, T, 2 * T - 1])
}

const turn = (x: tf.Tensor) => tf.transpose(x, [0, 1, 3, 2])
