import type {Head} from '../classifier.ts'
import {
  type LabelOptions,
  type ModelConfig,
  reader,
  readHeadSize,
  readLabels,
  readPadding,
  readWidth,
} from '../config.ts'
import {ACTIVATION_NAMES} from '../layers/activations.ts'
import {readLayerRopes} from '../layers/layer-ropes.ts'
import {readAlternating} from '../layers/sliding-window.ts'

export type ModernBertConfig = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const width = readWidth(read)
  const headSize = readHeadSize(read, width)
  const layers = read.integer('num_hidden_layers')
  read.check(headSize % 2 === 0, `hidden_size / num_attention_heads must be even, not ${headSize}`)
  const every = read.integer('global_attn_every_n_layers', 3)
  const side = Math.floor(read.integer('local_attention', 128) / 2)
  read.check((json.sliding_window ?? side) === side, `sliding_window must be half of local_attention, ${side}`)
  return {
    ...width,
    intermediateSize: read.integer('intermediate_size'),
    layers,
    headSize,
    vocabulary: read.integer('vocab_size'),
    padding: readPadding(json, 50283),
    longest: read.integer('max_position_embeddings', 8192),
    activation: read.oneOf('hidden_activation', ACTIVATION_NAMES, 'gelu'),
    normEps: read.positive('norm_eps', 1e-5),
    window: readAlternating(json, {usual: layer => layer % every !== 0, size: () => side + 1}),
    ropes: readLayerRopes(json, headSize, {
      full: {theta: ['global_rope_theta', 160000]},
      sliding: ({theta}) => ({theta: ['local_rope_theta', json.local_rope_theta === null ? theta : 10000]}),
      scalesSliding: true,
    }),
    biases: {
      norm: read.boolean('norm_bias', false),
      attention: read.boolean('attention_bias', false),
      mlp: read.boolean('mlp_bias', false),
      classifier: read.boolean('classifier_bias', false),
    },
    pooling: read.oneOf('classifier_pooling', ['cls', 'mean'], 'cls'),
    classifierActivation: read.oneOf('classifier_activation', ACTIVATION_NAMES, 'gelu'),
    labels: readLabels(json, options),
    head: readHead(json, {hiddenSize: width.hiddenSize, layers}),
    dropout: {
      embedding: read.rate('embedding_dropout', 0),
      attention: read.rate('attention_dropout', 0),
      mlp: read.rate('mlp_dropout', 0),
      classifier: read.rate('classifier_dropout', 0),
    },
  }
}

/**
 * The head, of which the published language models lack the classifier alone. As in transformers, its weights are drawn from
 * truncated normal distributions of their own.
 */
function readHead(json: ModelConfig, {hiddenSize, layers}: {hiddenSize: number; layers: number}): Head {
  const read = reader(json)
  const within = read.number('initializer_cutoff_factor', json.initializer_cutoff_factor === null ? 3 : 2)
  read.check(within >= 0.5, `initializer_cutoff_factor must be at least 0.5, not ${within}`) // values are drawn until one fits
  return {
    paths: ['head.dense', 'head.norm', 'classifier'],
    deviation: read.number('initializer_range', 0.02) / Math.sqrt(2 * layers),
    deviations: {classifier: hiddenSize ** -0.5},
    within,
  }
}
