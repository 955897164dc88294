import * as tf from '../tensor/tf.ts'
import type {Adapter} from './adapter.ts'

/** Full fine-tuning: W itself trains, whole. */
export function full(): Adapter<never, 'weight'> {
  return {
    shapes: weight => ({frozen: {}, trainable: {weight}}),
    init: async origin => ({frozen: {}, trainable: {weight: await origin.weight()}}),
    forward: (x, at) => tf.matMul(x, at.weight, false, true),
    merge({weight}) {
      const [out, into] = weight.shape
      return tf.reshape(weight, [out, into])
    },
  }
}
