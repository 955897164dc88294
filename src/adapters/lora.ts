import {size} from '../engine/program.ts'
import type {Random} from '../tensor/random.ts'
import * as tf from '../tensor/tf.ts'
import type {Adapter} from './adapter.ts'
import {dropEntries, entryDropout} from './dropout.ts'

export interface Lora {
  readonly rank: number
  readonly alpha: number
}

/**
 * LoRA, Hu et al. 2021. W′ = W + (α/r) B A; A (r, in) and B (out, r) train.
 * A starts uniform in ±1/√in, B at 0, so W′ starts as W.
 */
export function lora({rank, alpha}: Lora): Adapter<never, 'lora_A' | 'lora_B'> {
  const scale = alpha / rank
  return {
    shapes: ([out, into]) => ({frozen: {}, trainable: {lora_A: [rank, into], lora_B: [out, rank]}}),
    async init({shape: [out, into]}, random) {
      return {frozen: {}, trainable: {lora_A: drawA([rank, into], random), lora_B: new Float32Array(size([out, rank]))}}
    },
    forward(x, at, pass) {
      const down = tf.matMul(dropEntries(x, pass), at.lora_A, false, true) // (N, r)
      const up = tf.matMul(tf.mul(down, scale), at.lora_B, false, true) // (N, out)
      return tf.add(tf.matMul(x, at.weight, false, true), up)
    },
    merge: at => tf.add(at.weight, tf.mul(tf.matMul(at.lora_B, at.lora_A), scale)),
    dropout: entryDropout,
  }
}

/** A's first numbers: kaiming uniform with a = √5, which is uniform in ±1/√in. */
function drawA([rank, into]: readonly [rank: number, into: number], random: Random): Float32Array {
  const draw = random.fork('lora_A')
  const bound = 1 / Math.sqrt(into)
  return Float32Array.from({length: size([rank, into])}, () => bound * (2 * draw.uniform() - 1))
}
