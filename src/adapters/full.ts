import {tf} from '../tensor/tf.ts'
import {type Adapter, float} from './adapter.ts'
import {defineMethod, methodSchema} from './method.ts'

/** Full fine-tuning: every weight of the model trains. W′ = W. */
export const full = defineMethod({
  label: 'Full',
  trains: 'everything',
  schema: methodSchema('full', 'every weight is trainable', {}),
  build: buildFull,
})

/** W itself is trainable. */
export function buildFull(): Adapter<never, 'weight'> {
  return {
    shapes: weight => ({frozen: {}, trainable: {weight: float(...weight)}}),
    init: async origin => ({frozen: {}, trainable: {weight: await origin.weight()}}),
    forward: (x, at) => tf.matMul(x, at.weight, false, true),
    merge({weight}) {
      const [out, into] = weight.shape
      return tf.reshape(weight, [out, into])
    },
  }
}
