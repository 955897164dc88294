// Writes the files of the mini ViT except its weights: `npx tsx scripts/mini/vision/model.ts`.
import {writeJson} from '../json.ts'
import {SIDE} from './glyphs.ts'

const model = writeJson('vit-mini')

model('config.json', {
  architectures: ['ViTForImageClassification'],
  model_type: 'vit',
  torch_dtype: 'bfloat16',
  image_size: SIDE,
  patch_size: 4,
  num_channels: 3,
  hidden_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  intermediate_size: 384,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
  layer_norm_eps: 1e-12,
  qkv_bias: true,
  initializer_range: 0.06,
})
model('preprocessor_config.json', {
  image_processor_type: 'ViTImageProcessor',
  do_resize: true,
  size: {height: SIDE, width: SIDE},
  resample: 2, // bilinear
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.5, 0.5, 0.5],
  image_std: [0.5, 0.5, 0.5],
})
