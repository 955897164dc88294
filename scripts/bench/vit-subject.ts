import type {ModelConfig} from '../../src/models/config.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {randomWeights} from './weights.ts'

/** ViT-B/16 at 224 × 224, which are the defaults of its config. */
const VIT_B: ModelConfig = {model_type: 'vit', num_hidden_layers: 12, num_labels: 100}

/** ViT-B/16 on random images; the head trains whole besides the adapters. */
export async function vitSubject({batch = 8}: SubjectOptions): Promise<Subject> {
  const model = modelFor('image-classification', openModel(VIT_B), 'this benchmark')
  const {shapes, image, labels, tokens} = model
  const [channels, height, width] = image
  const pixels = random(0, 'pixels')

  return {
    model,
    tensors: await randomWeights(`vit-${shapes['classifier.weight'][1]}`, shapes),
    targets: ['query', 'key', 'value', 'dense'],
    fewer: {vera: ['query', 'value'], boft: ['query', 'value']},
    whole: ['classifier.weight', 'classifier.bias'],
    batch,
    tokens,
    feeds: {
      pixel_values: Float32Array.from({length: batch * channels * height * width}, () => pixels.normal()),
      labels: Int32Array.from({length: batch}, (_, i) => i % labels),
    },
  }
}
