import {dropMask} from './fused.ts'
import type {Random} from './random.ts'
import {type Tensor, tf} from './tf.ts'

/**
 * Inverted dropout (Srivastava et al. 2014) of x (N, C): an entry survives with probability 1 − rate and is divided
 * by it. The mask is a function of one random int32 for each row and each column, drawn outside the program: a traced
 * step drops other entries at every run, and at the same padded length the same ones on every engine.
 */
export function dropout(x: Tensor, {rate, rows, columns}: {rate: number; rows: Tensor; columns: Tensor}): Tensor {
  const threshold = Math.min(Math.round((1 - rate) * 2 ** 32) - 2 ** 31, 2 ** 31 - 1) // an int32 even if the rate is tiny
  const survives = dropMask(rows, columns, threshold)
  return tf.where(survives, tf.mul(x, 1 / (1 - rate)), tf.fill(x.shape, 0)) // zerosLike would add a gradient
}

/** Draws `count` random 32-bit integers for `dropout`. */
export function dropVector(random: Random, count: number): Int32Array {
  const vector = new Int32Array(count)
  for (let i = 0; i < count; i++) vector[i] = random.int(2 ** 32) | 0
  return vector
}
