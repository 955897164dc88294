import {type Tensor, tf, transposeEach, withGradient} from '../../tensor/tf.ts'

/**
 * The Cayley transform, which makes a rotation of any square block: Q = (I − S)(I + S)⁻¹ with S = (A − Aᵀ) / 2, A and
 * Q (K, b, b). I + S always has an inverse Z, and Q = 2 Z − I. The gradient needs only Z and no second elimination:
 * dA = Gᵀ − G with G = Zᵀ dQ Zᵀ.
 */
export function cayley(blocks: Tensor): Tensor {
  return withGradient([blocks], ([A]) => {
    const [, b] = A.shape
    const identity = tf.eye(b)
    const skew = tf.mul(tf.sub(A, transposeEach(A)), 0.5)
    const Z = inverse(tf.add(skew, identity))
    return {
      value: tf.sub(tf.mul(Z, 2), identity),
      saved: [Z],
      gradient(dQ, [Z]) {
        const G = tf.matMul(tf.matMul(Z, dQ, true, false), Z, false, true)
        return [tf.sub(transposeEach(G), G)]
      },
    }
  })
}

/**
 * Inverts K matrices I + S, S skew-symmetric, (K, b, b), by Gauss–Jordan elimination. Each pivot is 1 + sᵀ M⁻¹ s ≥ 1
 * with M of the same form, so no pivoting is needed. The blocks are the last axis, so that every operation runs along
 * all of them; a finished column is cut off on the left, a finished row moves to the bottom.
 */
function inverse(matrices: Tensor): Tensor {
  const [K, b] = matrices.shape
  const identity = tf.mul(tf.reshape(tf.eye(b), [b, b, 1]), tf.ones([1, 1, K]))
  let rest = tf.concat([tf.transpose(matrices, [1, 2, 0]), identity], 1) // (b, 2b, K)
  for (let i = 0; i < b; i++) {
    const width = 2 * b - i
    const part = (row: number, column: number, rows: number, columns: number) =>
      tf.slice(rest, [row, column, 0], [rows, columns, K])
    const pivotRow = tf.div(part(0, 1, 1, width - 1), part(0, 0, 1, 1))
    const below = b === 1 ? [] : [tf.sub(part(1, 1, b - 1, width - 1), tf.mul(part(1, 0, b - 1, 1), pivotRow))]
    rest = tf.concat([...below, pivotRow], 0)
  }
  return tf.transpose(rest, [2, 0, 1])
}
