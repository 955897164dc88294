import * as tf from './tf.ts'

/**
 * softmax(q kᵀ / √D + mask) v with grouped key/value heads (Ainslie et al. 2023): head h reads k and v of head
 * h · K / H. Its own gradient keeps the probabilities and nothing else of their size:
 * dS = P ∘ (dP − rowsum(dO ∘ O)). With `causal`, a token sees itself and what came before it, and long texts are
 * taken in stretches of queries, each with the keys it can see, so that most of the hidden half is never computed.
 *
 * `dropout` zeroes and rescales probabilities (B, H, T, R), the same ones at every call; not where texts come in stretches.
 *
 * q (B, H, T, D), k and v (B, K, R, D), mask additive (B, 1, 1, R) → (B, H, T, D); R is T where `causal`
 */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  {causal = false, mask, dropout}: AttentionOptions = {},
): tf.Tensor {
  const [B, H, T, D] = q.shape
  const [, K, R] = k.shape
  const scale = 1 / Math.sqrt(D)
  const t = causal && T >= 4 * STRETCH ? Math.ceil(T / 4 / STRETCH) * STRETCH : T // tokens of a stretch
  const stretches = Array.from({length: Math.ceil(T / t)}, (_, i) => ({from: i * t, count: Math.min(t, T - i * t)}))

  const queriesOf = (x: tf.Tensor, {from, count}: Stretch) => {
    const part = tf.slice(x, [0, 0, from, 0], [B, H, count, D])
    return tf.reshape(part, [B, K, (H / K) * count, D]) // the queries that share a key head, stacked
  }
  const seen = (x: tf.Tensor, S: number) => tf.slice(x, [0, 0, 0, 0], [B, K, S, D])
  const drop = (x: tf.Tensor) => (dropout ? tf.reshape(dropout(tf.reshape(x, [B, H, T, R])), x.shape) : x)

  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [q, k, v, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc]
    const probabilities: tf.Tensor[] = []
    const mixed = stretches.map(stretch => {
      const {from, count} = stretch
      const S = causal ? from + count : R
      const raw = tf.matMul(tf.mul(queriesOf(q, stretch), scale), seen(k, S), false, true)
      let scores = tf.reshape(raw, [B, H, count, S])
      if (causal) scores = tf.add(scores, hideLater(from, count))
      if (mask) scores = tf.add(scores, tf.slice(mask, [0, 0, 0, 0], [B, 1, 1, S]))
      const P = tf.reshape(tf.softmax(scores), [B, K, (H / K) * count, S])
      probabilities.push(P)
      return tf.reshape(tf.matMul(drop(P), seen(v, S)), [B, H, count, D])
    })
    const O = tf.concat(mixed, 2)
    save([q, k, v, O, ...probabilities])

    return {
      value: O,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [q, k, v, O, ...probabilities] = saved
        const dq: tf.Tensor[] = []
        const dk: tf.Tensor[] = []
        const dv: tf.Tensor[] = []
        for (const [i, stretch] of stretches.entries()) {
          const P = probabilities[i]
          const S = P.shape[3] as number
          const dO = queriesOf(dy, stretch)
          const dP = drop(tf.matMul(dO, seen(v, S), false, true))
          const dS = tf.mul(P, tf.sub(dP, tf.sum(tf.mul(dO, queriesOf(O, stretch)), -1, true)))
          const whole: [number, number][] = [
            [0, 0],
            [0, 0],
            [0, R - S],
            [0, 0],
          ]
          dq.push(tf.reshape(tf.mul(tf.matMul(dS, seen(k, S)), scale), [B, H, stretch.count, D]))
          dk.push(tf.pad(tf.matMul(dS, tf.mul(queriesOf(q, stretch), scale), true, false), whole))
          dv.push(tf.pad(tf.matMul(drop(P), dO, true, false), whole))
        }
        return [
          tf.concat(dq, 2),
          dk.reduce((sum, next) => tf.add(sum, next)),
          dv.reduce((sum, next) => tf.add(sum, next)),
        ]
      },
    }
  })(q, k, v)
}

interface AttentionOptions {
  readonly causal?: boolean
  readonly mask?: tf.Tensor | undefined
  readonly dropout?: (probabilities: tf.Tensor) => tf.Tensor
}

interface Stretch {
  readonly from: number
  readonly count: number
}

/**
 * Additive mask (1, 1, count, from + count): query `from` + i sees keys up to its own. Made of two short vectors, for the
 * whole of it would be too large to write down for long texts.
 */
function hideLater(from: number, count: number): tf.Tensor {
  const S = from + count
  const keys = tf.reshape(tf.range(0, S, 1, 'int32'), [1, 1, 1, S])
  const queries = tf.reshape(tf.range(from, S, 1, 'int32'), [1, 1, count, 1])
  return tf.mul(tf.cast(tf.greater(keys, queries), 'float32'), HIDDEN)
}

/** What is added to the score of a hidden key. */
export const HIDDEN = -1e9

/** Stretches of queries are multiples of this: shorter ones cost more in dispatch than they save. */
const STRETCH = 32

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
  const old = tf.slice(P, [0, 0, 0, 0], [B, K, H / K, S])
  const own = tf.slice(P, [0, 0, 0, S], [B, K, H / K, 1])
  return tf.reshape(tf.add(tf.matMul(old, past.values), tf.matMul(own, v)), [B, H, 1, D])
}
