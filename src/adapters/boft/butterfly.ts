import {memoize} from '../../base/memoize.ts'
import {type Tensor, type Tensor2D, type Tensor3D, tf, withGradient} from '../../tensor/tf.ts'

/** m factors of n × n, each of n/b blocks b × b, which mix ever more distant coordinates (Liu et al. 2023, section 4). */
export interface Butterfly {
  readonly n: number
  readonly b: number
  readonly m: number
}

/**
 * The order in which factor i takes coordinates: of each window of b 2ⁱ coordinates, cut into groups of b/2, first the
 * even groups, then the odd ones. Factor 0 takes them in their own order.
 */
export function butterflyOrder({n, b}: Pick<Butterfly, 'n' | 'b'>, i: number): Int32Array {
  const groups = 2 ** (i + 1)
  return Int32Array.from({length: n}, (_, position) => {
    if (i === 0) return position
    const window = Math.floor(position / (b * 2 ** i)) * groups
    const group = Math.floor(position / (b / 2)) - window
    const from = group < groups / 2 ? 2 * group : 2 * (group - groups / 2) + 1
    return (window + from) * (b / 2) + (position % (b / 2))
  })
}

/**
 * R = B₍m₋₁₎ … B₁ B₀ of blocks Q (m, n/b, b, b): factor Bᵢ has Q's entries at the positions of its order. No factor
 * mixes coordinates further apart than a window of b 2^(m−1), so R is block-diagonal itself: (n/h, h, h), h several
 * windows high, which makes a matrix product fast.
 */
export function butterflyProduct(Q: Tensor, butterfly: Butterfly): Tensor3D {
  const {n, m} = butterfly
  const h = blockHeight(butterfly)
  const all = tf.reshape(scatter(Q, productPositions(n, butterfly.b, m), factorEntries(butterfly)), [m, n / h, h, h])
  const factors = tf.split(all, m, 0).map(factor => tf.reshape(factor, [n / h, h, h]))
  return factors.reduce((product, factor) => tf.matMul(factor, product)) as Tensor3D
}

/** The number of entries of all factors, stored as `butterflyProduct` multiplies them. */
export const factorEntries = (butterfly: Butterfly) => butterfly.m * butterfly.n * blockHeight(butterfly)

/** Multiplies x (N, n) by block-diagonal R (n/h, h, h), or by Rᵀ where `transposed`. */
export function blockProduct(x: Tensor2D, R: Tensor3D, {transposed}: {readonly transposed: boolean}): Tensor2D {
  const [N, n] = x.shape
  const [count, h] = R.shape
  const columns = tf.transpose(tf.reshape(x, [N, count, h]), [1, 0, 2]) // (n/h, N, h)
  return tf.reshape(tf.transpose(tf.matMul(columns, R, false, transposed), [1, 0, 2]), [N, n])
}

/** The height of blocks at which products are fastest: lower ones leave the processor idle, higher ones multiply more zeros. */
const HEIGHT = 64

/** The largest multiple of a window that divides n and is at most HEIGHT; a single window where that is higher. */
function blockHeight({n, b, m}: Butterfly): number {
  const window = b * 2 ** (m - 1)
  let height = window
  for (let multiple = window; multiple <= Math.min(HEIGHT, n); multiple += window) {
    if (n % multiple === 0) height = multiple
  }
  return height
}

/**
 * Scatters the entries of Q, in order, to distinct `positions` of a vector of `size` zeros, by a gather; the gradient is
 * a gather, too.
 */
function scatter(Q: Tensor, positions: Int32Array, size: number): Tensor {
  const entries = new Int32Array(size).fill(positions.length) // the index of a zero after Q's entries
  for (const [entry, position] of positions.entries()) entries[position] = entry
  const sources = tf.tensor1d(entries, 'int32')
  const targets = tf.tensor1d(positions, 'int32')
  return withGradient([Q], ([Q]) => ({
    value: tf.gather(tf.concat([tf.reshape(Q, [-1]), tf.zeros([1])]), sources),
    saved: [targets],
    gradient: (dy, [targets]) => [tf.reshape(tf.gather(dy, targets), Q.shape)],
  }))
}

/** The flat positions of the entries of all factors' blocks in factors stored as blocks (m, n/h, h, h). */
const productPositions = memoize((n: number, b: number, m: number): Int32Array => {
  const butterfly = {n, b, m}
  const h = blockHeight(butterfly)
  const positions = new Int32Array(m * n * b)
  for (let i = 0; i < m; i++) {
    const own = factorPositions(butterfly, i)
    positions.set(
      own.map(position => i * n * h + position),
      i * n * b,
    )
  }
  return positions
})

/** The flat positions of the entries of Q's n/b blocks in factor i, stored as blocks (n/h, h, h). */
function factorPositions(butterfly: Butterfly, i: number): Int32Array {
  const {n, b} = butterfly
  const h = blockHeight(butterfly)
  const order = butterflyOrder(butterfly, i)
  const coordinates = new Int32Array(n)
  for (const [position, coordinate] of order.entries()) coordinates[coordinate] = position
  return Int32Array.from({length: n * b}, (_, entry) => {
    const first = Math.floor(entry / (b * b)) * b
    const row = coordinates[first + (Math.floor(entry / b) % b)]
    const column = coordinates[first + (entry % b)]
    return Math.floor(row / h) * h * h + (row % h) * h + (column % h)
  })
}
