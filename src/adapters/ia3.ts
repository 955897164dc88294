import {tf} from '../tensor/tf.ts'
import {type Adapter, float, type WeightShape} from './adapter.ts'
import {defineMethod, methodSchema} from './method.ts'
import {isTarget, type Match, match, pathParts, targets} from './targets.ts'

/**
 * (IA)³, Liu et al. 2022. W′ = diag(l) W and b′ = l ∘ b, with a gain l for each output (out, 1), or in a feed-forward
 * module W′ = W diag(l) with a gain for each input (1, in). l starts at 1, so W′ starts as W.
 */
export const ia3 = defineMethod({
  label: '(IA)³',
  look: {light: '#960ff0', dark: '#9478ff', shape: 'triangle-right'},
  trains: 'adapters',
  schema: methodSchema(
    'ia3',
    'W scaled by a trainable gain for each output or, in feedforward modules, for each input',
    {
      targets,
      feedforward: pathParts
        .default([])
        .describe('the targets whose inputs are scaled instead of their outputs, like [down_proj]'),
      match: match.default('suffix'),
    },
  ),
  build: buildIa3,
  settingsText: ({feedforward}) => (feedforward.length === 0 ? '' : `inputs of ${feedforward.join(',')}`),
  *rules({targets, feedforward}) {
    if (!Array.isArray(targets) || !Array.isArray(feedforward)) return
    const unknown = feedforward.find(name => !targets.includes(name))
    if (unknown === undefined) return
    const message = `adapter.feedforward: ${String(unknown)} is not one of the targets: ${targets.join(', ')}`
    yield {key: 'feedforward', message}
  },
  peft: {
    type: 'IA3',
    tensors: {ia3_l: 'ia3_l'},
    write(_, {modules, nameModules}) {
      const onInputs = modules.filter(({trainable}) => isOfInputs(trainable.ia3_l.shape))
      const feedforward = nameModules(onInputs)
      return {
        target_modules: [...new Set([...nameModules(modules), ...feedforward])],
        feedforward_modules: feedforward,
        fan_in_fan_out: modules.some(({transposed}) => transposed),
        init_ia3_weights: true,
        bias: undefined, // PEFT's config has no such key
      }
    },
    /** The shapes of the gains show which of them multiply inputs, however the config names the modules. */
    read: (_, tensors) => ({
      method: 'ia3',
      feedforward: tensors.filter(({shape}) => isOfInputs(shape)).map(({path}) => path),
    }),
  },
})

export interface Ia3Settings {
  /** The targets whose gains multiply their inputs; a boolean for a single module. */
  readonly feedforward?: readonly string[] | boolean
  readonly match?: Match
}

export function buildIa3({feedforward = [], match}: Ia3Settings): Adapter<never, 'ia3_l'> {
  if (typeof feedforward === 'boolean') return feedforward ? onInputs : onOutputs
  return {...onOutputs, at: path => (isTarget(path, feedforward, match) ? onInputs : onOutputs)}
}

const onOutputs: Adapter<never, 'ia3_l'> = {
  ...gains(([out]) => [out, 1]),
  forward: (x, at) => tf.mul(tf.matMul(x, at.weight, false, true), tf.reshape(at.ia3_l, [-1])),
  merge: at => tf.mul(at.weight, at.ia3_l),
  adaptBias: (bias, at) => tf.mul(bias, tf.reshape(at.ia3_l, [-1])),
}

const onInputs: Adapter<never, 'ia3_l'> = {
  ...gains(([, into]) => [1, into]),
  forward: (x, at) => tf.matMul(tf.mul(x, at.ia3_l), at.weight, false, true),
  merge: at => tf.mul(at.weight, at.ia3_l),
}

function gains(shapeOf: (weight: WeightShape) => readonly [rows: number, columns: number]) {
  return {
    shapes: (weight: WeightShape) => ({frozen: {}, trainable: {ia3_l: float(...shapeOf(weight))}}),
    async init({shape}: {readonly shape: WeightShape}) {
      const [rows, columns] = shapeOf(shape)
      return {frozen: {}, trainable: {ia3_l: new Float32Array(rows * columns).fill(1)}}
    },
  }
}

/** Whether gains multiply inputs; those of a weight with a single output, (1, 1), multiply its output. */
const isOfInputs = ([, columns]: readonly number[]): boolean => columns > 1
