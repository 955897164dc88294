import * as tf from '../../tensor/tf.ts'
import {memoize} from '../memoize.ts'

/** m factors of n × n, each of n/b blocks b × b, which mix ever more distant places (Liu et al. 2023, section 4). */
export interface Butterfly {
  readonly n: number
  readonly b: number
  readonly m: number
}

/**
 * The order in which factor i takes its places: of each window of b 2ⁱ places, cut into groups of b/2, first the even
 * groups, then the odd ones. Factor 0 takes them as they stand.
 */
export function butterflyOrder({n, b}: Pick<Butterfly, 'n' | 'b'>, i: number): Int32Array {
  const groups = 2 ** (i + 1)
  return Int32Array.from({length: n}, (_, place) => {
    if (i === 0) return place
    const window = Math.floor(place / (b * 2 ** i)) * groups
    const group = Math.floor(place / (b / 2)) - window
    const from = group < groups / 2 ? 2 * group : 2 * (group - groups / 2) + 1
    return (window + from) * (b / 2) + (place % (b / 2))
  })
}

/**
 * R = B₍m₋₁₎ … B₁ B₀ of blocks Q (m, n/b, b, b): factor Bᵢ has Q's entries at the places of its order. No factor mixes
 * places further apart than a window of b 2^(m−1), so R is a diagonal of blocks itself: (n/h, h, h), h some windows high,
 * which a matrix product needs to be quick.
 */
export function butterflyProduct(Q: tf.Tensor, butterfly: Butterfly): tf.Tensor3D {
  const {n, m} = butterfly
  const h = blockHeight(butterfly)
  const all = tf.reshape(scatter(Q, factorsPlaces(n, butterfly.b, m), m * n * h), [m, n / h, h, h])
  const factors = tf.split(all, m, 0).map(factor => tf.reshape(factor, [n / h, h, h]))
  return factors.reduce((product, factor) => tf.matMul(factor, product)) as tf.Tensor3D
}

/** x R, or x Rᵀ where `transposed`, for R a diagonal of blocks: x (N, n), R (n/h, h, h). */
export function blockProduct(
  x: tf.Tensor2D,
  R: tf.Tensor3D,
  {transposed}: {readonly transposed: boolean},
): tf.Tensor2D {
  const [N, n] = x.shape
  const [count, h] = R.shape
  const columns = tf.transpose(tf.reshape(x, [N, count, h]), [1, 0, 2]) // (n/h, N, h)
  return tf.reshape(tf.transpose(tf.matMul(columns, R, false, transposed), [1, 0, 2]), [N, n])
}

/** A matrix product of fewer columns leaves the processor waiting; one of more multiplies more zeros. */
const HEIGHT = 64

/** The most windows that divide n and are no higher than HEIGHT; one where a window is. */
function blockHeight({n, b, m}: Butterfly): number {
  const window = b * 2 ** (m - 1)
  let height = window
  for (let h = window; h <= Math.min(HEIGHT, n); h += window) if (n % h === 0) height = h
  return height
}

/**
 * A vector of `size` zeros with the entries of Q, in their order, at `places`, no two at one: a gather there, and for
 * the gradient a gather back.
 */
function scatter(Q: tf.Tensor, places: Int32Array, size: number): tf.Tensor {
  const entries = new Int32Array(size).fill(places.length) // of Q with a zero behind
  for (const [entry, place] of places.entries()) entries[place] = entry
  const there = tf.tensor1d(entries, 'int32')
  const back = tf.tensor1d(places, 'int32')
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [Q, save] = args as [tf.Tensor, tf.GradSaveFunc]
    save([back])
    return {
      value: tf.gather(tf.concat([tf.reshape(Q, [-1]), tf.zeros([1])]), there),
      gradFunc: (dy: tf.Tensor, [back]: tf.Tensor[]) => tf.reshape(tf.gather(dy, back as tf.Tensor1D), Q.shape),
    }
  })(Q)
}

/** Where the entries of all factors' blocks stand in the factors as blocks (m, n/h, h, h). */
const factorsPlaces = memoize((n: number, b: number, m: number): Int32Array => {
  const h = blockHeight({n, b, m})
  const places = new Int32Array(m * n * b)
  for (let i = 0; i < m; i++) {
    places.set(
      factorPlaces({n, b, m}, i, h).map(place => i * n * h + place),
      i * n * b,
    )
  }
  return places
})

/** Where the entries of Q's n/b blocks, in their order, stand in factor i as blocks (n/h, h, h). */
function factorPlaces({n, b}: Butterfly, i: number, h: number): Int32Array {
  const order = butterflyOrder({n, b}, i)
  const taken = new Int32Array(n)
  for (let place = 0; place < n; place++) taken[order[place]] = place
  return Int32Array.from({length: n * b}, (_, entry) => {
    const first = Math.floor(entry / (b * b)) * b
    const row = taken[first + (Math.floor(entry / b) % b)]
    const column = taken[first + (entry % b)]
    return Math.floor(row / h) * h * h + (row % h) * h + (column % h)
  })
}
