import {Fault} from '../../base/fault.ts'
import {quote} from '../../base/printable.ts'
import {type LabelOptions, type ModelConfig, reader, readLabels, readPadding, readWidth} from '../config.ts'
import {ACTIVATION_NAMES} from '../layers/activations.ts'
import type {RelativeConfig} from '../layers/relative-positions.ts'

export type DebertaConfig = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const {hiddenSize, heads} = readWidth(read)
  const headSize = hiddenSize / heads
  read.check(
    read.integer('attention_head_size', headSize) === headSize,
    `attention_head_size must be hidden_size / heads, ${headSize}`,
  )
  const longest = read.integer('max_position_embeddings', 512)
  const products = readProducts(json)
  const hidden = read.rate('hidden_dropout_prob', 0.1)
  return {
    hiddenSize,
    embeddingSize: read.integer('embedding_size', hiddenSize),
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    heads,
    headSize,
    vocabulary: read.integer('vocab_size'),
    padding: readPadding(json, 0),
    types: read.count('type_vocab_size', 0),
    longest: read.boolean('position_biased_input', true) ? longest : undefined, // undefined: no absolute positions
    relative: readRelative(json, longest),
    toPosition: products.includes('c2p'), // content to position
    toContent: products.includes('p2c'), // position to content
    sharedKey: read.boolean('share_att_key', false), // relative positions are projected with the tokens' own weights
    relativeNorm: String(json.norm_rel_ebd ?? 'none')
      .toLowerCase()
      .split('|')
      .some(word => word.trim() === 'layer_norm'),
    convolution: readConvolution(json, hiddenSize),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    poolerActivation: read.oneOf('pooler_hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.positive('layer_norm_eps', 1e-7),
    labels: readLabels(json, options),
    dropout: {
      hidden,
      attention: read.rate('attention_probs_dropout_prob', 0.1),
      pooler: read.rate('pooler_dropout', 0),
      classifier: read.rate('cls_dropout', hidden),
    },
  }
}

function readRelative(json: ModelConfig, longest: number): RelativeConfig | undefined {
  const read = reader(json)
  if (!read.boolean('relative_attention', false)) return undefined
  const buckets = read.number('position_buckets', -1)
  const farthest = read.number('max_relative_positions', -1) // below 1: as long as texts
  read.check(buckets !== 1, 'position_buckets must be at least 2, not 1')
  const config = {
    buckets: buckets > 0 ? read.integer('position_buckets') : 0,
    farthest: farthest < 1 ? longest : read.integer('max_relative_positions'),
  }
  const middle = Math.floor(config.buckets / 2)
  read.check(
    config.buckets === 0 || config.farthest - 1 !== middle,
    `max_relative_positions must not be position_buckets / 2 + 1 = ${middle + 1}, where far buckets are infinite`,
  )
  return config
}

export type Convolution = NonNullable<ReturnType<typeof readConvolution>>

function readConvolution(json: ModelConfig, hiddenSize: number) {
  const read = reader(json)
  const size = read.count('conv_kernel_size', 0)
  const groups = read.integer('conv_groups', 1)
  if (size === 0) return undefined
  read.check(size % 2 === 1, `conv_kernel_size must be odd, not ${size}`)
  read.check(hiddenSize % groups === 0, `conv_groups must divide hidden_size ${hiddenSize}, not ${groups}`)
  return {size, groups, activation: read.oneOf('conv_act', ACTIVATION_NAMES, 'tanh')}
}

/** Reads `pos_att_type`, a list of words or one string of them, `p2c|c2p`. */
function readProducts({pos_att_type: found}: ModelConfig): readonly string[] {
  const words = typeof found === 'string' ? found.toLowerCase().split('|') : (found ?? [])
  if (!Array.isArray(words) || !words.every(word => typeof word === 'string'))
    throw new Fault('input', `config.json: pos_att_type must be words such as c2p|p2c, not ${quote(found)}`)
  return words.map(word => word.trim())
}
