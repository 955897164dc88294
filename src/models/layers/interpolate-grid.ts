import {cubic} from '../../images/coefficients.ts'
import {type Tensor2D, tf} from '../../tensor/tf.ts'

export type Grid = readonly [rows: number, columns: number]

/**
 * Interpolates a grid of vectors to another number of rows and columns: (rows · columns, C) → (rows′ · columns′, C), as
 * PyTorch's `interpolate` with mode bicubic, without aligned corners and antialiasing.
 */
export function interpolateGrid(x: Tensor2D, from: Grid, to: Grid): Tensor2D {
  const [, C] = x.shape
  const tall = tf.matMul(weights(from[0], to[0]), tf.reshape(x, [from[0], from[1] * C]))
  const byColumn = tf.transpose(tf.reshape(tall, [to[0], from[1], C]), [1, 0, 2])
  const wide = tf.matMul(weights(from[1], to[1]), tf.reshape(byColumn, [from[1], to[0] * C]))
  const byRow = tf.transpose(tf.reshape(wide, [to[1], to[0], C]), [1, 0, 2])
  return tf.reshape(byRow, [to[0] * to[1], C])
}

/** The share of each old point in each new one, (to, from). Points beyond the ends are the last ones. */
function weights(from: number, to: number): Tensor2D {
  const matrix = new Float32Array(to * from)
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * (from / to) - 0.5
    const nearest = Math.floor(centre)
    for (let at = nearest - 1; at <= nearest + 2; at++) {
      const point = Math.max(0, Math.min(from - 1, at))
      matrix[i * from + point] += cubic(centre - at, SHARPNESS)
    }
  }
  return tf.tensor2d(matrix, [to, from])
}

/** PyTorch's a of the cubic convolution; Pillow's is −0.5. */
const SHARPNESS = -0.75
