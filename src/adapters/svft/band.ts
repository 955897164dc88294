import * as tf from '../../tensor/tf.ts'
import type {EntryPositions} from './pattern.ts'

/** An n × n matrix C with numbers on |row − column| ≤ d only; numbers at one place add up. */
export interface Band {
  readonly n: number
  readonly d: number
  readonly places: EntryPositions
}

/** Rows of C multiplied at once: high enough to keep a matrix product busy, low enough to skip most zeros. */
const BLOCK = 128

/** How many of h's columns one column of the product reads. */
export const bandWidth = (n: number, d: number) => Math.min(n, BLOCK + 2 * d)

/**
 * h C, or h Cᵀ where `transposed`: h (N, n), C's `numbers` (k) at the band's places. C exists as dense blocks along
 * its diagonal, `block` rows high and 2d wider, which costs block + 2d instead of n multiplications a number; so does
 * the gradient: dh is the same product with Cᵀ, and the gradient to the numbers is gathered from blocks of dzᵀ h.
 */
export function bandProduct(
  h: tf.Tensor2D,
  numbers: tf.Tensor1D,
  {band, transposed, block = BLOCK}: {band: Band; transposed: boolean; block?: number},
): tf.Tensor2D {
  const blocks = blocksOf(band, block)
  const {rows, columns} = band.places
  const upright = tf.tensor1d(positions(blocks, {rows, columns}), 'int32')
  const turned = tf.tensor1d(positions(blocks, {rows: columns, columns: rows}), 'int32')
  const [here, back] = transposed ? [upright, turned] : [turned, upright]

  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [h, numbers, save] = args as [tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc]
    save([h, numbers, here, back])
    return {
      value: product(h, numbers, here, blocks),
      gradFunc: (dz: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [h, numbers, here, back] = saved as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]
        return [product(dz, numbers, back, blocks), tf.gather(overlaps(dz, h, blocks), here)]
      },
    }
  })(h, numbers) as tf.Tensor2D
}

/** Rows `from` to `to` of a band, whose numbers stand in columns `low` to `high`, kept at `offset` of a flat vector. */
interface Block {
  readonly from: number
  readonly to: number
  readonly low: number
  readonly high: number
  readonly offset: number
}

function blocksOf({n, d}: Band, height: number): readonly Block[] {
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

/** Where in the blocks' flat vector each number of a band stands. */
function positions(blocks: readonly Block[], {rows, columns}: EntryPositions): Int32Array {
  const found = new Int32Array(rows.length)
  const height = blocks[0].to
  for (let q = 0; q < found.length; q++) {
    const {from, low, high, offset} = blocks[Math.floor(rows[q] / height)]
    found[q] = offset + (rows[q] - from) * (high - low) + columns[q] - low
  }
  return found
}

/** z (N, n) with zᵢ = Σⱼ Bᵢⱼ hⱼ, the numbers of B scattered to `index` of its blocks. */
function product(h: tf.Tensor2D, numbers: tf.Tensor1D, index: tf.Tensor1D, blocks: readonly Block[]): tf.Tensor2D {
  const flat = tf.unsortedSegmentSum(
    numbers,
    index,
    blocks.reduce((sum, block) => sum + area(block), 0),
  )
  const parts = tf.split(flat, blocks.map(area))
  const columns = blocks.map((block, q) => {
    const B = tf.reshape(parts[q], [block.to - block.from, block.high - block.low])
    return tf.matMul(window(h, block.low, block.high), B, false, true)
  })
  return tf.concat(columns, 1) as tf.Tensor2D
}

/** Σ over the N rows of zᵢ hⱼ, for every place (i, j) of the blocks, flat. */
function overlaps(z: tf.Tensor2D, h: tf.Tensor2D, blocks: readonly Block[]): tf.Tensor1D {
  const parts = blocks.map(block => {
    const B = tf.matMul(window(z, block.from, block.to), window(h, block.low, block.high), true, false)
    return tf.reshape(B, [area(block)])
  })
  return tf.concat(parts) as tf.Tensor1D
}

const window = (x: tf.Tensor2D, from: number, to: number): tf.Tensor2D =>
  tf.slice(x, [0, from], [x.shape[0], to - from])
