import {sum} from '../../base/collections.ts'
import {memoize, memoizeByObject} from '../../base/memoize.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf, withGradient} from '../../tensor/tf.ts'
import type {EntryPositions} from './pattern.ts'

/** An n × n matrix C with entries on |row − column| ≤ d only; entries at one position add up. */
export interface Band {
  readonly n: number
  readonly d: number
  readonly positions: EntryPositions
}

/** Rows of C multiplied at once: high enough to keep a matrix product busy, low enough to skip most zeros. */
const BLOCK = 128

/** The number of h's columns that one column of the product reads. */
export const bandWidth = (n: number, d: number) => Math.min(n, BLOCK + 2 * d)

/**
 * Multiplies h (N, n) by C, or by Cᵀ where `transposed`, with C's `entries` (k) at the band's positions. C exists as
 * dense blocks along its diagonal, `block` rows high and 2d wider, which costs block + 2d instead of n multiplications
 * for each value of the product; so does the gradient: dh is the same product with Cᵀ, and the gradient to the entries
 * is gathered from blocks of dzᵀ h.
 */
export function bandProduct(
  h: Tensor2D,
  entries: Tensor1D,
  {band, transposed, block = BLOCK}: {band: Band; transposed: boolean; block?: number},
): Tensor2D {
  const {n, d, positions} = band
  const {blocks, ...indices} = layoutOf(positions)(n, d, block)
  const upright = tf.tensor1d(indices.upright, 'int32')
  const flipped = tf.tensor1d(indices.flipped, 'int32')
  const [index, transposedIndex] = transposed ? [upright, flipped] : [flipped, upright]

  return withGradient([h, entries], ([h, entries]) => ({
    value: product(h, {entries, index, blocks}),
    saved: [h, entries, index, transposedIndex],
    gradient: (dz, [h, entries, index, transposedIndex]) => [
      product(dz, {entries, index: transposedIndex, blocks}),
      tf.gather(overlaps(dz, h, blocks), index),
    ],
  })) as Tensor2D
}

/** Rows `from` to `to` of a band, columns `low` to `high`: a dense block, which starts at `offset` of a flat vector. */
interface Block {
  readonly from: number
  readonly to: number
  readonly low: number
  readonly high: number
  readonly offset: number
}

/** The blocks of a band, and the indices of its entries in those of C and of Cᵀ: equal for all weights of one shape. */
const layoutOf = memoizeByObject(({rows, columns}: EntryPositions) =>
  memoize((n: number, d: number, height: number) => {
    const blocks = blocksOf(n, d, height)
    return {
      blocks,
      upright: blockIndices(blocks, {rows, columns}),
      flipped: blockIndices(blocks, {rows: columns, columns: rows}),
    }
  }),
)

function blocksOf(n: number, d: number, height: number): readonly Block[] {
  const blocks: Block[] = []
  let offset = 0
  for (let from = 0; from < n; from += height) {
    const to = Math.min(n, from + height)
    const [low, high] = [Math.max(0, from - d), Math.min(n, to + d)]
    blocks.push({from, to, low, high, offset})
    offset += (to - from) * (high - low)
  }
  return blocks
}

const area = ({from, to, low, high}: Block) => (to - from) * (high - low)

/** The index in the blocks' flat vector of each entry of a band. */
function blockIndices(blocks: readonly Block[], {rows, columns}: EntryPositions): Int32Array {
  const found = new Int32Array(rows.length)
  const height = blocks[0].to
  for (let q = 0; q < found.length; q++) {
    const {from, low, high, offset} = blocks[Math.floor(rows[q] / height)]
    found[q] = offset + (rows[q] - from) * (high - low) + columns[q] - low
  }
  return found
}

/** A band's entries, and where they are in the flat vector of its blocks. */
interface BandEntries {
  readonly entries: Tensor
  readonly index: Tensor
  readonly blocks: readonly Block[]
}

/** z (N, n) with zᵢ = Σⱼ Bᵢⱼ hⱼ. */
function product(h: Tensor, {entries, index, blocks}: BandEntries): Tensor {
  const areas = blocks.map(area)
  const parts = tf.split(tf.unsortedSegmentSum(entries, index as Tensor1D, sum(areas)), areas)
  const columns = blocks.map((block, q) => {
    const B = tf.reshape(parts[q], [block.to - block.from, block.high - block.low])
    return tf.matMul(window(h, block.low, block.high), B, false, true)
  })
  return tf.concat(columns, 1)
}

/** Sums zᵢ hⱼ over the N rows, for every position (i, j) of the blocks; flat. */
function overlaps(z: Tensor, h: Tensor, blocks: readonly Block[]): Tensor {
  const parts = blocks.map(block => {
    const B = tf.matMul(window(z, block.from, block.to), window(h, block.low, block.high), true, false)
    return tf.reshape(B, [area(block)])
  })
  return tf.concat(parts)
}

const window = (x: Tensor, from: number, to: number): Tensor => tf.slice(x, [0, from], [x.shape[0], to - from])
