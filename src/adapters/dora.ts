import {share} from '../base/number-schemas.ts'
import {LEAST_NORM, norm} from '../linalg/norm.ts'
import {rowNorm} from '../tensor/fused.ts'
import {tf, withGradient} from '../tensor/tf.ts'
import {type Adapter, float, type ModuleTensors} from './adapter.ts'
import {dropEntries, entryDropout} from './dropout.ts'
import {buildLora, type LoraSettings, lora, loraForm, rankText, rankWarnings} from './lora.ts'
import {defineMethod, methodSchema} from './method.ts'

/**
 * DoRA, Liu et al. 2024. W′ = diag(m / c) V with V = W + (α/r) B A and c the norms of V's rows; A and B are LoRA's, and
 * m (out), which starts as the norms of W's rows, trains too. c counts as a constant (section 4.3). What A reads, and
 * all of x that is rescaled, passes dropout: y = W x + (m/c − 1) W x′ + (m/c) (α/r) B A x′, x′ = dropout(x).
 */
export const dora = defineMethod({
  label: 'DoRA',
  look: {light: '#3a8fc4', dark: '#a9d9ff', shape: 'diamond'},
  trains: 'adapters',
  schema: methodSchema('dora', 'm (W + (α / r) B A) / ‖W + (α / r) B A‖, row by row; the magnitudes m are trainable', {
    ...lora.schema.omit({method: true}).shape,
    dropout: share
      .default(0)
      .describe('share of the inputs that are zeroed for B A, and for what m rescales, while training'),
  }),
  build: buildDora,
  settingsText: rankText,
  warnings: rankWarnings,
  counted: {rank: 1, alpha: 1},
  peft: loraForm('dora', {tensors: {lora_magnitude_vector: 'lora_magnitude_vector'}}),
})

type Trainable = 'lora_A' | 'lora_B' | 'lora_magnitude_vector'

export function buildDora({rank, alpha}: LoraSettings): Adapter<never, Trainable> {
  const direction = buildLora({rank, alpha})

  /** The factors of the rows of V, m / c (out). */
  const ratio = (at: ModuleTensors<Trainable>) =>
    withGradient([at.lora_magnitude_vector], ([m]) => {
      const c = tf.maximum(rowNorm(direction.merge(at)), LEAST_NORM) // a constant: no gradient passes here
      return {value: tf.div(m, c), saved: [c], gradient: (dy, [c]) => [tf.div(dy, c)]}
    })

  return {
    shapes(weight) {
      const {lora_A, lora_B} = direction.shapes(weight).trainable
      return {frozen: {}, trainable: {lora_A, lora_B, lora_magnitude_vector: float(weight[0])}}
    },
    async init(origin, random) {
      const {trainable} = await direction.init(origin, random)
      const norms = rowNorms(await origin.weight(), origin.shape[0])
      return {frozen: {}, trainable: {...trainable, lora_magnitude_vector: norms}}
    },
    forward(x, at, pass) {
      const scale = ratio(at)
      const dropped = dropEntries(x, pass) // x′
      const projected = direction.forward(dropped, at, {...pass, rate: 0}) // V x′, (N, out)
      if (pass.rate === 0) return tf.mul(projected, scale)
      const rest = tf.matMul(tf.sub(x, dropped), at.weight, false, true) // W (x − x′)
      return tf.add(rest, tf.mul(projected, scale))
    },
    merge: at => tf.mul(direction.merge(at), tf.reshape(ratio(at), [-1, 1])),
    dropout: entryDropout,
  }
}

function rowNorms(weight: Float32Array, rows: number): Float32Array {
  const columns = weight.length / rows
  return Float32Array.from({length: rows}, (_, i) => norm(weight.subarray(i * columns, (i + 1) * columns)))
}
