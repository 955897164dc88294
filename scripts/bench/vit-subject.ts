import {attached} from '../../src/adapters/plan.ts'
import type {Named, Spec, Step} from '../../src/engine/program.ts'
import {scope} from '../../src/models/scope.ts'
import {random} from '../../src/tensor/random.ts'
import type {Tensor, Tensor1D} from '../../src/tensor/tf.ts'
import * as tf from '../../src/tensor/tf.ts'
import {loraFlops} from './flops.ts'
import type {Subject, SubjectOptions, Training} from './subject.ts'
import {type VitConfig, vitLoss, vitShapes, vitTokens} from './vit.ts'
import {randomWeights} from './weights.ts'

/** ViT-B/16 at 224 × 224. */
export const VIT_B: VitConfig = {
  image: 224,
  patch: 16,
  hiddenSize: 768,
  intermediateSize: 3072,
  layers: 12,
  heads: 12,
  labels: 100,
}

/** Random images; the head trains whole beside the adapters. */
export async function vitSubject(config: VitConfig, {batch = 8}: SubjectOptions): Promise<Subject> {
  const {image, layers, hiddenSize: C, labels: L} = config
  const shapes = vitShapes(config)
  const tokens = vitTokens(config)
  const pixels = random(0, 'pixels')

  return {
    shapes,
    tensors: await randomWeights(`vit-${C}`, shapes),
    targets: ['query', 'key', 'value', 'dense'],
    fewer: {vera: ['query', 'value'], boft: ['query', 'value']},
    whole: ['classifier.weight', 'classifier.bias'],
    batch,
    tokens,
    feeds: {
      pixels: Float32Array.from({length: batch * 3 * image * image}, () => pixels.normal()),
      labels: Int32Array.from({length: batch}, (_, i) => i % L),
    },
    loraFlops: ({modules}, rank) =>
      loraFlops({
        rows: batch * tokens,
        rank,
        adapted: modules.map(({weight}) => weight),
        first: modules.filter(({path}) => /\.0\.attention\.attention\./.test(path)).map(({weight}) => weight),
        attention: {layers, pairs: batch * tokens * tokens, width: C},
        ends: 2 * batch * (tokens - 1) * patchSize(config) * C + 6 * batch * C * L, // patches; the head, which trains
      }),
    compile(engine, training) {
      const inputs: Named<Spec> = {
        theta: {dtype: 'float32', shape: [training.layout.size]},
        pixels: {dtype: 'float32', shape: [batch, 3, image, image]},
        labels: {dtype: 'int32', shape: [batch]},
      }
      return engine.compile(vitStep(config, training), {inputs, weights: training.weights})
    },
  }
}

const patchSize = ({patch}: VitConfig) => 3 * patch * patch

/** Forward and backward: the loss and its gradient to the flat vector of all trainables. */
export function vitStep(config: VitConfig, {plan, layout, recompute}: Omit<Training, 'weights'>): Step {
  const {slots} = layout
  return ({theta, pixels, labels}, weights) => {
    const {value, grad} = tf.valueAndGrad(theta => {
      const pieces = tf.split(
        theta,
        slots.map(({from, to}) => to - from),
      )
      const trainable: Named<Tensor> = Object.fromEntries(
        slots.map(({name, shape}, i) => [name, tf.reshape(pieces[i], [...shape])]),
      )
      const root = scope({
        tensors: {...weights, ...trainable},
        trainable: Object.keys(trainable),
        adapted: attached(plan),
        recompute,
      })
      return vitLoss(root, config)(pixels, labels as Tensor1D)
    })(theta)
    return {loss: tf.reshape(value, [1]), grad}
  }
}
