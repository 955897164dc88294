import type {ModelConfig} from '../../src/models/config.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {openCheckpoint} from '../../src/weights/checkpoint.ts'
import type {Subject, SubjectOptions} from './subject.ts'
import {randomCheckpoint} from './weights.ts'

/** ViT-B/16 at 224 × 224, which are the defaults of its config. */
export const VIT_B: ModelConfig = {model_type: 'vit', num_hidden_layers: 12, num_labels: 100}

/** ViT-B/16 on images that peer/torch_step.py has too; the head trains whole besides the adapters. */
export async function vitSubject({batch = 8, folder}: SubjectOptions): Promise<Subject> {
  const {config, tensors} = await openCheckpoint(folder ?? (await randomCheckpoint(VIT_B)))
  const model = modelFor('image-classification', openModel(config), 'this benchmark')
  const {image, labels, tokens} = model
  const [channels, height, width] = image

  return {
    model,
    tensors,
    targets: ['query', 'key', 'value', 'dense'],
    fewer: {vera: ['query', 'value'], boft: ['query', 'value']},
    whole: ['classifier.weight', 'classifier.bias'],
    batch,
    tokens,
    feeds: {
      pixel_values: Float32Array.from({length: batch * channels * height * width}, (_, i) => Math.sin(i)),
      labels: Int32Array.from({length: batch}, (_, i) => i % labels),
    },
  }
}
