// BERT (Devlin et al. 2019) as BertForSequenceClassification.
// Shapes: B batch, T tokens, C hidden size, H heads, V vocabulary, L labels.
import type {Shape} from '../engine/program.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import {activeSites, type DropoutSite, type SequenceClassifier} from './classifier.ts'
import {type ModelConfig, reader} from './config.ts'
import {attention, residual} from './encoder.ts'
import {type LabelOptions, readHead, readLabels} from './labels.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from './layers/activations.ts'
import {
  embed,
  firstRows,
  firstTokens,
  layerNorm,
  linear,
  paddingMask,
  type TokensToOutput,
  takeTokens,
} from './layers/layers.ts'
import type {Scope} from './layers/scope.ts'
import type {Architecture} from './model.ts'

export const bert: Architecture = {
  linears: {
    Q: 'attention.self.query',
    K: 'attention.self.key',
    V: 'attention.self.value',
    O: 'attention.output.dense',
    U: 'intermediate.dense',
    D: 'output.dense',
  },
  open(json, options) {
    const config = readConfig(json, options)
    const {labels, vocabulary, longest, types} = config
    return {
      task: 'sequence-classification',
      labels,
      vocabulary,
      longest,
      types,
      shapes: shapes(config),
      prefix: 'bert',
      head: readHead(json, HEAD),
      drops: (B, T) => activeSites(drops(config, B, T)),
      rows: (B, T) => [B * T, B],
      build: scope => build(scope, config),
    }
  },
}

type BertConfig = ReturnType<typeof readConfig>

function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const hiddenSize = read.integer('hidden_size')
  const heads = read.integer('num_attention_heads')
  read.check(hiddenSize % heads === 0, `hidden_size must be a multiple of ${heads} heads, not ${hiddenSize}`)
  read.oneOf('position_embedding_type', ['absolute'], 'absolute')
  read.check(!read.boolean('is_decoder', false), 'is_decoder must be false: decoders are not supported')
  const hidden = read.rate('hidden_dropout_prob', 0.1)
  return {
    hiddenSize,
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    heads,
    vocabulary: read.integer('vocab_size'),
    types: read.integer('type_vocab_size', 2),
    longest: read.integer('max_position_embeddings', 512),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.number('layer_norm_eps', 1e-12),
    labels: readLabels(json, options),
    dropout: {
      hidden,
      attention: read.rate('attention_probs_dropout_prob', 0.1),
      classifier: read.rate('classifier_dropout', hidden),
    },
  }
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: BertConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F} = config
  const all: Record<string, Shape> = {
    'bert.embeddings.word_embeddings.weight': [config.vocabulary, C],
    'bert.embeddings.position_embeddings.weight': [config.longest, C],
    'bert.embeddings.token_type_embeddings.weight': [config.types, C],
  }
  const pair = (path: string, ...weight: number[]) => {
    all[`${path}.weight`] = weight
    all[`${path}.bias`] = [weight[0]]
  }
  pair('bert.embeddings.LayerNorm', C)
  for (let i = 0; i < config.layers; i++) {
    const layer = `bert.encoder.layer.${i}`
    for (const name of ['query', 'key', 'value']) pair(`${layer}.attention.self.${name}`, C, C)
    pair(`${layer}.attention.output.dense`, C, C)
    pair(`${layer}.attention.output.LayerNorm`, C)
    pair(`${layer}.intermediate.dense`, F, C)
    pair(`${layer}.output.dense`, C, F)
    pair(`${layer}.output.LayerNorm`, C)
  }
  pair('bert.pooler.dense', C, C)
  pair('classifier', config.labels, C)
  return all
}

/** Initialised where a checkpoint has none; published checkpoints of BERT have the pooler. */
const HEAD = ['bert.pooler.dense', 'classifier']

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: BertConfig, B: number, T: number): Record<string, DropoutSite> {
  const {hiddenSize: C, heads: H} = config
  const all: Record<string, DropoutSite> = {'bert.embeddings.dropout': {rate: dropout.hidden, shape: [B * T, C]}}
  for (let i = 0; i < config.layers; i++) {
    const layer = `bert.encoder.layer.${i}`
    const read = i === config.layers - 1 ? 1 : T // the last block computes the first token only
    const hidden: DropoutSite = {rate: dropout.hidden, shape: [B * read, C]}
    all[`${layer}.attention.self.dropout`] = {rate: dropout.attention, shape: [B * H * read, T]}
    all[`${layer}.attention.output.dropout`] = hidden
    all[`${layer}.output.dropout`] = hidden
  }
  all.dropout = {rate: dropout.classifier, shape: [B, C]}
  return all
}

function build(scope: Scope, config: BertConfig): SequenceClassifier {
  const bert = scope.at('bert')
  const layers = Array.from({length: config.layers}, (_, i) => bert.at('encoder').at('layer').at(i))

  function read(output: TokensToOutput, ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor {
    const mask = paddingMask(real)
    const blocks = layers.map((layer, i) =>
      layer.block(scope => {
        const run = block(scope, config, i === layers.length - 1 ? output : 'all')
        return (x, mask) => run(x, mask)
      }),
    )
    return blocks.reduce((h, next) => next(h, mask), embeddings(bert.at('embeddings'), config)(ids, types))
  }

  return {
    hidden: (ids, real, types) => read('all', ids, real, types),
    logits(ids, real, types) {
      const pool = linear(bert.at('pooler').at('dense'))
      const drop = scope.at('dropout').dropout()
      const classify = linear(scope.at('classifier'))
      const pooled = tf.tanh(pool(firstTokens(read('first', ids, real, types)))) // (B, C)
      return classify(drop(pooled)) as Tensor2D // (B, L)
    },
  }
}

function embeddings(scope: Scope, config: BertConfig) {
  const words = scope.at('word_embeddings').matrix('weight') // (V, C)
  const positions = scope.at('position_embeddings').matrix('weight')
  const tokenTypes = scope.at('token_type_embeddings').matrix('weight')
  const norm = layerNorm(scope.at('LayerNorm'), config.normEps)
  const drop = scope.at('dropout').dropout()

  return (ids: Tensor2D, types?: Tensor2D) => {
    const [, T] = ids.shape
    const C = config.hiddenSize
    const type = types ? embed(tokenTypes, types) : tf.slice(tokenTypes, [0, 0], [1, C])
    const sum = tf.add(tf.add(embed(words, ids), type), firstRows(positions, T)) // (B, T, C)
    return drop(norm(sum))
  }
}

function block(scope: Scope, config: BertConfig, output: TokensToOutput) {
  const mix = attention(scope.at('attention').at('self'), config.heads)
  const mixed = residual(scope.at('attention').at('output'), config.normEps)
  const up = linear(scope.at('intermediate').at('dense'))
  const act = ACTIVATIONS[config.activation]
  const down = residual(scope.at('output'), config.normEps)

  return (x: Tensor, mask: Tensor) => {
    const queried = takeTokens(x, output)
    const h = mixed(mix(queried, x, mask), queried)
    return down(act(up(h)), h)
  }
}
