import {type Tensor, tf} from '../../tensor/tf.ts'
import type {Layer} from './layers.ts'
import type {Scope} from './scope.ts'

/**
 * A convolution along the tokens, of odd size K and with 0 beyond both ends: (B, T, in) → (B, T, out), with weight
 * (out, in / groups, K). Computed as a matrix product, with each token's row joined to those of its neighbours.
 */
export function convolution(scope: Scope, groups: number): Layer {
  const weight = scope.tensor('weight', 3)
  const bias = scope.vector('bias')
  const [out, width, K] = weight.shape
  const flat = tf.reshape(tf.transpose(weight, [0, 2, 1]), [out, K * width])

  return x => {
    const [B, T] = x.shape
    const reach = (K - 1) / 2
    const none: [number, number] = [0, 0]
    const padded = tf.pad(x, [none, [reach, reach], none])
    const parts = Array.from({length: groups}, (_, group) => {
      const near = Array.from({length: K}, (_, shift) => tf.slice(padded, [0, shift, group * width], [B, T, width]))
      const rows = tf.concat(near, -1) // (B, T, K · in / groups)
      const share = tf.slice(flat, [(group * out) / groups, 0], [out / groups, K * width])
      return tf.matMul(tf.reshape(rows, [B * T, K * width]), share, false, true)
    })
    return tf.reshape(tf.add(tf.concat(parts, 1), bias), [B, T, out]) as Tensor
  }
}
