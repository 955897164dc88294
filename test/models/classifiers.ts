import type {ModelConfig} from '../../src/models/config.ts'
import type {ImageModel, SequenceModel} from '../../src/models/model.ts'
import {modelFor, openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import {type Numbers, normals, stored} from './adapters.ts'

/** Small ones, with everything that one can have. */
export const BERT: ModelConfig = {
  model_type: 'bert',
  vocab_size: 20,
  hidden_size: 12,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  max_position_embeddings: 16,
  num_labels: 3,
}

export const DISTILBERT: ModelConfig = {
  model_type: 'distilbert',
  vocab_size: 20,
  dim: 12,
  hidden_dim: 16,
  n_layers: 2,
  n_heads: 3,
  max_position_embeddings: 16,
  num_labels: 3,
}

/** An ELECTRA as the small one: embeddings narrower than the hidden size. */
export const ELECTRA: ModelConfig = {...BERT, model_type: 'electra', embedding_size: 8}

/** A RoBERTa as published: one type of token, and positions from the padding token's id on. */
export const ROBERTA: ModelConfig = {
  ...BERT,
  model_type: 'roberta',
  type_vocab_size: 1,
  pad_token_id: 1,
  max_position_embeddings: 18,
}

/** A ModernBERT as published: no biases, and a window in all but every third layer. */
export const MODERNBERT: ModelConfig = {
  ...BERT,
  model_type: 'modernbert',
  num_hidden_layers: 3,
  num_attention_heads: 2,
  local_attention: 4,
}

export const DEBERTA: ModelConfig = {
  ...BERT,
  model_type: 'deberta-v2',
  relative_attention: true,
  position_buckets: 6,
  max_position_embeddings: 32,
  norm_rel_ebd: 'layer_norm',
  share_att_key: true,
  pos_att_type: 'p2c|c2p',
  position_biased_input: false,
  conv_kernel_size: 3,
}

export const VIT: ModelConfig = {
  model_type: 'vit',
  hidden_size: 12,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  image_size: [4, 7],
  patch_size: 2,
  num_labels: 3,
}

/** A distilled DeiT as published: two heads. */
export const DEIT: ModelConfig = {
  ...VIT,
  model_type: 'deit',
  architectures: ['DeiTForImageClassificationWithTeacher'],
}

export const DINOV2: ModelConfig = {
  model_type: 'dinov2',
  hidden_size: 12,
  mlp_ratio: 2,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  image_size: 7,
  patch_size: [3, 2],
  num_labels: 3,
}

export const IMAGE_MODELS = {
  vit: VIT,
  deit: DEIT,
  'deit with one head, for which the distillation token is one more': {...DEIT, architectures: undefined},
  dinov2: DINOV2,
}

export const SEQUENCE_MODELS = {
  bert: BERT,
  deberta: DEBERTA,
  distilbert: DISTILBERT,
  electra: ELECTRA,
  'electra with embeddings of the hidden size': {...ELECTRA, embedding_size: 12},
  modernbert: MODERNBERT,
  'modernbert with biases, whose classifier reads the mean of all tokens': {
    ...MODERNBERT,
    norm_bias: true,
    attention_bias: true,
    mlp_bias: true,
    classifier_bias: true,
    classifier_pooling: 'mean',
    layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'],
  },
  roberta: ROBERTA,
  'xlm-roberta with types': {...ROBERTA, model_type: 'xlm-roberta', type_vocab_size: 2},
}

export const openTexts = (config: ModelConfig): SequenceModel =>
  modelFor('sequence-classification', openModel(config), 'this test')

export const openImages = (config: ModelConfig): ImageModel =>
  modelFor('image-classification', openModel(config), 'this test')

/** Random parameters for a model, by name; gains around 1. */
export function classifierNumbers(config: ModelConfig, seed = 1): Record<string, Numbers> {
  return Object.fromEntries(
    Object.entries(openModel(config).shapes).map(([name, shape]) => {
      const gain = /norm[^.]*\.weight$/i.test(name)
      const {data} = normals(shape, random(seed, name))
      return [name, {shape, data: data.map(value => (gain ? 1 + 0.1 * value : 0.4 * value))}]
    }),
  )
}

export const classifierWeights = (config: ModelConfig) =>
  Object.fromEntries(Object.entries(classifierNumbers(config)).map(([name, it]) => [name, stored(it)]))
