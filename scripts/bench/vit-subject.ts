import type {ModelConfig} from '../../src/models/config.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import {trainingPrograms} from '../../src/train/step.ts'
import {loraFlops} from './flops.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {randomWeights} from './weights.ts'

/** ViT-B/16 at 224 × 224, which are the defaults of its config. */
export const VIT_B: ModelConfig = {model_type: 'vit', num_hidden_layers: 12, num_labels: 100}

/** Random images; the head trains completely beside the adapters. */
export async function vitSubject(config: ModelConfig, {batch = 8}: SubjectOptions): Promise<Subject> {
  const model = modelFor('image-classification', openModel(config), 'this benchmark')
  const {shapes, image, labels: L} = model
  const [channels, height, width] = image
  const [, C] = shapes['classifier.weight']
  const [, , ...patch] = shapes['vit.embeddings.patch_embeddings.projection.weight']
  const tokens = shapes['vit.embeddings.position_embeddings'][1]
  const last = Number(config.num_hidden_layers) - 1
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
      pixel_values: Float32Array.from({length: batch * channels * height * width}, () => pixels.normal()),
      labels: Int32Array.from({length: batch}, (_, i) => i % L),
    },
    loraFlops: ({modules}, rank) =>
      loraFlops({
        rows: batch * tokens,
        rank,
        adapted: modules.map(({weight}) => weight),
        first: modules.filter(({path}) => /\.0\.attention\.attention\./.test(path)).map(({weight}) => weight),
        few: {
          rows: batch,
          weights: modules
            .filter(({path}) => path.includes(`.${last}.`) && !/\.(key|value)$/.test(path))
            .map(({weight}) => weight),
        },
        attention: {layers: last + 1 / tokens, pairs: batch * tokens * tokens, width: C},
        ends: 2 * batch * (tokens - 1) * channels * patch[0] * patch[1] * C + 6 * batch * C * L, // patches; the head, which trains
      }),
    compile: (engine, training) => trainingPrograms(engine, {model, ...training})(batch, tokens),
  }
}
