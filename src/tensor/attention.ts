import * as tf from './tf.ts'

/**
 * softmax(q kᵀ / √D + mask) v with grouped key/value heads (Ainslie et al. 2023): head h reads k and v of head
 * h · K / H. Its own gradient keeps the probabilities and nothing else of their size:
 * dS = P ∘ (dP − rowsum(dO ∘ O)).
 *
 * q (B, H, T, D), k and v (B, K, S, D), mask additive and broadcastable to (B, H, T, S) → (B, H, T, D)
 */
export function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  const [B, H, T, D] = q.shape
  const [, K, S] = k.shape
  const grouped = [B, K, (H / K) * T, D] // the queries that share a key head, stacked
  const scores = [B, K, (H / K) * T, S]
  const scale = 1 / Math.sqrt(D)

  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [q, k, v, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc]
    const queries = tf.mul(tf.reshape(q, grouped), scale)
    const raw = tf.reshape(tf.matMul(queries, k, false, true), [B, H, T, S])
    const P = tf.reshape(tf.softmax(mask ? tf.add(raw, mask) : raw), scores)
    const O = tf.matMul(P, v)
    save([queries, k, v, P, O])

    return {
      value: tf.reshape(O, [B, H, T, D]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [queries, k, v, P, O] = saved
        const dO = tf.reshape(dy, grouped)
        const dP = tf.matMul(dO, v, false, true)
        const dS = tf.mul(P, tf.sub(dP, tf.sum(tf.mul(dO, O), -1, true)))
        const dq = tf.mul(tf.matMul(dS, k), scale)
        return [tf.reshape(dq, [B, H, T, D]), tf.matMul(dS, queries, true, false), tf.matMul(P, dO, true, false)]
      },
    }
  })(q, k, v)
}

/**
 * The same for one new token a row, after `past` (B, K, S, D) with an additive mask (B, 1, 1, S). The new scores join
 * the old ones, so that the cache is never copied. No gradient.
 *
 * q (B, H, 1, D), k and v (B, K, 1, D) → (B, H, 1, D)
 */
export function attendPast(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  past: {readonly keys: tf.Tensor; readonly values: tf.Tensor; readonly mask: tf.Tensor},
): tf.Tensor {
  const [B, H, , D] = q.shape
  const [, K, S] = past.keys.shape
  const queries = tf.mul(tf.reshape(q, [B, K, H / K, D]), 1 / Math.sqrt(D))
  const before = tf.add(tf.matMul(queries, past.keys, false, true), past.mask) // (B, K, H / K, S)
  const P = tf.softmax(tf.concat([before, tf.matMul(queries, k, false, true)], -1))
  const rows = [B, K, H / K]
  const O = tf.add(
    tf.matMul(tf.slice(P, [0, 0, 0, 0], [...rows, S]), past.values),
    tf.matMul(tf.slice(P, [0, 0, 0, S], [...rows, 1]), v),
  )
  return tf.reshape(O, [B, H, 1, D])
}
