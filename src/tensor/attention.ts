import {addAll, splitsRows, type Tensor, tf, withGradient} from './tf.ts'

/**
 * softmax(q kᵀ / √D + mask) v with grouped key/value heads (Ainslie et al. 2023): head h reads k and v of head
 * h · K / H. The custom gradient saves the probabilities and, without a `cap`, no other tensor of their size:
 * dS = P ∘ (dP − rowsum(dO ∘ O)). With `causal`, a token attends to itself and to earlier tokens; long texts are then
 * split into blocks of queries, each with the keys that it may attend to, so that most of what is masked is never computed.
 * With a `window`, a token attends to tokens less than `window` positions away, itself included (Beltagy et al. 2020).
 *
 * With a `cap`, a score s is cap · tanh(s / cap) before the mask (Gemma Team 2024).
 *
 * `dropout` zeroes and rescales probabilities (B, H, T, R), the same entries at every call; a text is then one block.
 *
 * q (B, H, T, D), k and v (B, K, R, D), mask additive (B, 1, 1, R) → (B, H, T, D); R is T if `causal`
 */
export function attention(
  {q, k, v}: AttentionInputs,
  {causal = false, window, mask, dropout, ...scoring}: AttentionOptions = {},
): Tensor {
  const [B, H, T, D] = q.shape
  const [, K, R] = k.shape
  const {scale = 1 / Math.sqrt(D), cap} = scoring
  const blocks = causal && !dropout ? queryBlocks(T, window) : [{from: 0, count: T, first: 0, keys: R}]

  const queriesOf = (x: Tensor, {from, count}: QueryBlock) => {
    const part = tf.slice(x, [0, 0, from, 0], [B, H, count, D])
    return tf.reshape(part, [B, K, (H / K) * count, D]) // the queries that share a key head, stacked
  }
  const keysOf = (x: Tensor, {first, keys}: QueryBlock) => tf.slice(x, [0, 0, first, 0], [B, K, keys, D])
  const drop = (x: Tensor) => (dropout ? tf.reshape(dropout(tf.reshape(x, [B, H, T, R])), x.shape) : x)

  const forward = ([q, k, v]: Tensor[], block: QueryBlock) => {
    const {count, first, keys} = block
    const products = tf.matMul(tf.mul(queriesOf(q, block), scale / (cap ?? 1)), keysOf(k, block), false, true)
    const capped = cap === undefined ? undefined : tf.tanh(products)
    let scores = tf.reshape(capped && cap ? tf.mul(capped, cap) : products, [B, H, count, keys])
    if (causal || window !== undefined) scores = tf.add(scores, positionMask(block, {causal, window}))
    if (mask) scores = tf.add(scores, tf.slice(mask, [0, 0, 0, first], [B, 1, 1, keys]))
    const P = tf.reshape(tf.softmax(scores), [B, K, (H / K) * count, keys])
    return {P, capped, O: tf.reshape(tf.matMul(drop(P), keysOf(v, block)), [B, H, count, D])}
  }

  const backward = ([q, k, v, O, P, capped]: Tensor[], dy: Tensor, block: QueryBlock) => {
    const dO = queriesOf(dy, block)
    const dP = drop(tf.matMul(dO, keysOf(v, block), false, true))
    const dScores = tf.mul(P, tf.sub(dP, tf.sum(tf.mul(dO, queriesOf(O, block)), -1, true)))
    const dS = capped ? tf.mul(dScores, tf.sub(1, tf.square(capped))) : dScores // tanh′ = 1 − tanh²
    const dq = tf.mul(tf.matMul(dS, keysOf(k, block)), scale)
    return {
      dq: tf.reshape(dq, [B, H, block.count, D]),
      dk: padKeys(tf.matMul(dS, tf.mul(queriesOf(q, block), scale), true, false), block, R),
      dv: padKeys(tf.matMul(drop(P), dO, true, false), block, R),
    }
  }

  return withGradient([q, k, v], inputs => {
    const parts = blocks.map(block => forward(inputs, block))
    const outputs = parts.map(({O}) => O)
    const value = tf.concat(outputs, 2)
    return {
      value,
      saved: [...inputs, value, ...parts.map(({P}) => P), ...parts.flatMap(({capped}) => capped ?? [])],
      gradient(dy, [q, k, v, O, ...rest]) {
        const [P, capped] = [rest.slice(0, blocks.length), rest.slice(blocks.length)]
        const parts = blocks.map((block, i) => backward([q, k, v, O, P[i], capped[i]], dy, block))
        const dq = parts.map(({dq}) => dq)
        return [tf.concat(dq, 2), addAll(parts.map(({dk}) => dk)), addAll(parts.map(({dv}) => dv))]
      },
    }
  })
}

/** Queries, keys and values, split into heads. */
export interface AttentionInputs {
  readonly q: Tensor
  readonly k: Tensor
  readonly v: Tensor
}

/** How the products of queries and keys become scores. */
export interface AttentionScores {
  /** The factor of the products; default: 1 / √D. */
  readonly scale?: number | undefined
  /** The bound of a score, which approaches it by tanh; default: none. */
  readonly cap?: number | undefined
}

interface AttentionOptions extends AttentionScores {
  readonly causal?: boolean
  /** The distance from which on a token does not attend to another one; by default it attends to all. */
  readonly window?: number | undefined
  readonly mask?: Tensor
  readonly dropout?: ((probabilities: Tensor) => Tensor) | undefined
}

/** Queries `from` to before `from` + `count`, which attend to `keys` keys from `first`. */
interface QueryBlock {
  readonly from: number
  readonly count: number
  readonly first: number
  readonly keys: number
}

/** Blocks of the queries of a causal text; a short text is one block. */
function queryBlocks(T: number, window = T): QueryBlock[] {
  const length = T >= 4 * BLOCK && splitsRows() ? Math.ceil(T / 4 / BLOCK) * BLOCK : T
  return Array.from({length: Math.ceil(T / length)}, (_, i) => {
    const from = i * length
    const count = Math.min(length, T - from)
    const first = Math.max(0, from - window + 1)
    return {from, count, first, keys: from + count - first}
  })
}

/** Blocks of queries are multiples of this: shorter ones cost more in dispatch than they save. */
const BLOCK = 32

/**
 * Additive mask (1, 1, count, keys) of the keys that are later than a query, if `causal`, or outside its window. It is
 * computed from short vectors, because as a constant it would be too large for long texts.
 */
function positionMask(
  {from, count, first, keys: S}: QueryBlock,
  {causal, window}: Pick<AttentionOptions, 'causal' | 'window'>,
): Tensor {
  const keys = tf.reshape(tf.range(first, first + S, 1, 'int32'), [1, 1, 1, S])
  const queriesAnd = (shift: number) =>
    tf.reshape(tf.range(from + shift, from + count + shift, 1, 'int32'), [1, 1, count, 1])
  const hide = (hidden: Tensor) => tf.mul(tf.cast(hidden, 'float32'), HIDDEN)
  const later = causal ? hide(tf.greater(keys, queriesAnd(0))) : undefined
  if (window === undefined || (causal && window >= from + count)) return later as Tensor
  const before = hide(tf.less(keys, queriesAnd(1 - window)))
  return tf.add(later ?? hide(tf.greater(keys, queriesAnd(window - 1))), before)
}

/** Gradients of a block's keys, padded with zeros to all R keys. */
function padKeys(x: Tensor, {first, keys}: QueryBlock, R: number): Tensor {
  const none: [number, number] = [0, 0]
  return tf.pad(x, [none, none, [first, R - first - keys], none])
}

/** The attention of a decoder: causal in a whole text, or that of one new token in each row, after `past`. */
export const attendCausal = (
  inputs: AttentionInputs,
  {past, ...options}: Omit<AttentionOptions, 'causal'> & {readonly past?: PastKeyValues | undefined},
): Tensor => (past ? attendPast(inputs, past, options) : attention(inputs, {causal: true, ...options}))

/** Added to the score of a masked key. */
export const HIDDEN = -1e9

/** The keys and values of the tokens before the one that is read, (B, K, S, D). */
export interface PastKeyValues {
  readonly keys: Tensor
  readonly values: Tensor
  /** The additive mask, (B, 1, 1, S). */
  readonly mask: Tensor
}

/**
 * Attention for one new token in each row, after `past`. The new scores are concatenated to the old ones, so that the
 * cache is never copied. It has no gradient.
 *
 * q (B, H, 1, D), k and v (B, K, 1, D) → (B, H, 1, D)
 */
export function attendPast({q, k, v}: AttentionInputs, past: PastKeyValues, options: AttentionScores = {}): Tensor {
  const [B, H, , D] = q.shape
  const [, K, S] = past.keys.shape
  const {scale = 1 / Math.sqrt(D), cap} = options
  const queries = tf.mul(tf.reshape(q, [B, K, H / K, D]), scale / (cap ?? 1))
  const scoresOf = (keys: Tensor) => {
    const products = tf.matMul(queries, keys, false, true)
    return cap === undefined ? products : tf.mul(tf.tanh(products), cap)
  }
  const before = tf.add(scoresOf(past.keys), past.mask) // (B, K, H / K, S)
  const P = tf.softmax(tf.concat([before, scoresOf(k)], -1))
  const old = tf.slice(P, [0, 0, 0, 0], [B, K, H / K, S])
  const own = tf.slice(P, [0, 0, 0, S], [B, K, H / K, 1])
  return tf.reshape(tf.add(tf.matMul(old, past.values), tf.matMul(own, v)), [B, H, 1, D])
}
