// DistilBERT (Sanh et al. 2019) as DistilBertForSequenceClassification: BERT's blocks under names of their own, without types of
// tokens and without dropout of what attention adds.
// Shapes: B batch, T tokens, C hidden size, F intermediate size, H heads, V vocabulary, P positions, L labels.
import type {Shape} from '../../engine/program.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import type {SequenceClassifier} from '../classifier.ts'
import {type LabelOptions, type ModelConfig, ownKeys, reader, readHead, readLabels, readPadding} from '../config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from '../layers/activations.ts'
import {
  embed,
  firstRows,
  firstTokens,
  layerNorm,
  linear,
  paddingMask,
  type TokensToOutput,
  takeTokens,
} from '../layers/layers.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from '../layers/scope.ts'
import type {Architecture} from '../model.ts'
import {attention} from './encoder.ts'

export const distilbert: Architecture = {
  linears: {
    Q: 'attention.q_lin',
    K: 'attention.k_lin',
    V: 'attention.v_lin',
    O: 'attention.out_lin',
    U: 'ffn.lin1',
    D: 'ffn.lin2',
  },
  open(json, options) {
    const config = readConfig(json, options)
    return {
      task: 'sequence-classification',
      className: 'DistilBertForSequenceClassification',
      labels: config.labels,
      vocabulary: config.vocabulary,
      longest: config.positions,
      types: 0,
      shapes: shapes(config),
      prefix: 'distilbert',
      head: readHead(json, HEAD),
      drops: (B, T) => activeSites(drops(config, B, T)),
      rows: (B, T) => [B * T, B],
      build: scope => build(scope, config),
    }
  },
}

/** Initialized where a checkpoint has none. */
const HEAD = ['pre_classifier', 'classifier']

const NORM_EPS = 1e-12

type DistilbertConfig = ReturnType<typeof readConfig>

export function readConfig(config: ModelConfig, options?: LabelOptions) {
  const json = ownKeys(config, NAMES)
  const read = reader(json)
  const hiddenSize = read.integer('dim', 768)
  const heads = read.integer('n_heads', 12)
  read.check(hiddenSize % heads === 0, `dim must be a multiple of ${heads} heads, not ${hiddenSize}`)
  return {
    hiddenSize,
    intermediateSize: read.integer('hidden_dim', 3072),
    layers: read.integer('n_layers', 6),
    heads,
    vocabulary: read.integer('vocab_size', 30522),
    positions: read.integer('max_position_embeddings', 512),
    padding: readPadding(json, 0),
    activation: read.oneOf('activation', ACTIVATION_NAMES, 'gelu'),
    labels: readLabels(json, options),
    dropout: {
      hidden: read.rate('dropout', 0.1),
      attention: read.rate('attention_dropout', 0.1),
      classifier: read.rate('seq_classif_dropout', 0.2),
    },
  }
}

const NAMES = {hidden_size: 'dim', num_attention_heads: 'n_heads', num_hidden_layers: 'n_layers'} as const

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: DistilbertConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F} = config
  const all: Record<string, Shape> = {
    'distilbert.embeddings.word_embeddings.weight': [config.vocabulary, C],
    'distilbert.embeddings.position_embeddings.weight': [config.positions, C],
  }
  const pair = (path: string, weight: Shape) => Object.assign(all, weightAndBias(path, weight))
  pair('distilbert.embeddings.LayerNorm', [C])
  for (let i = 0; i < config.layers; i++) {
    const layer = `distilbert.transformer.layer.${i}`
    for (const name of ['q_lin', 'k_lin', 'v_lin', 'out_lin']) pair(`${layer}.attention.${name}`, [C, C])
    pair(`${layer}.sa_layer_norm`, [C])
    pair(`${layer}.ffn.lin1`, [F, C])
    pair(`${layer}.ffn.lin2`, [C, F])
    pair(`${layer}.output_layer_norm`, [C])
  }
  pair('pre_classifier', [C, C])
  pair('classifier', [config.labels, C])
  return all
}

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: DistilbertConfig, B: number, T: number): Record<string, DropoutSite> {
  const {hiddenSize: C, heads: H} = config
  const all: Record<string, DropoutSite> = {
    'distilbert.embeddings.dropout': {rate: dropout.hidden, shape: [B * T, C]},
    dropout: {rate: dropout.classifier, shape: [B, C]},
  }
  for (let i = 0; i < config.layers; i++) {
    const layer = `distilbert.transformer.layer.${i}`
    const read = i === config.layers - 1 ? 1 : T // the last block computes the first token only
    all[`${layer}.attention.dropout`] = {rate: dropout.attention, shape: [B * H * read, T]}
    all[`${layer}.ffn.dropout`] = {rate: dropout.hidden, shape: [B * read, C]}
  }
  return all
}

function build(scope: Scope, config: DistilbertConfig): SequenceClassifier {
  const model = scope.at('distilbert')
  const layers = Array.from({length: config.layers}, (_, i) => model.at('transformer').at('layer').at(i))

  function read(output: TokensToOutput, ids: Tensor2D, real: Tensor2D): Tensor {
    const mask = paddingMask(real)
    const last = layers.length - 1
    const blocks = layers.map((layer, i) => layer.block(scope => block(scope, config, i === last ? output : 'all')))
    return blocks.reduce((h, next) => next(h, mask), embeddings(model.at('embeddings'), config)(ids))
  }

  return {
    hidden: (ids, real) => read('all', ids, real),
    logits(ids, real) {
      const dense = linear(scope.at('pre_classifier'))
      const drop = scope.at('dropout').dropout()
      const classify = linear(scope.at('classifier'))
      return classify(drop(tf.relu(dense(firstTokens(read(1, ids, real)))))) as Tensor2D // (B, L)
    },
  }
}

function embeddings(scope: Scope, config: DistilbertConfig) {
  const words = scope.at('word_embeddings').matrix('weight') // (V, C)
  const positions = scope.at('position_embeddings').matrix('weight') // (P, C)
  const norm = layerNorm(scope.at('LayerNorm'), NORM_EPS)
  const drop = scope.at('dropout').dropout()
  return (ids: Tensor2D) => drop(norm(tf.add(embed(words, ids, config.padding), firstRows(positions, ids.shape[1])))) // (B, T, C)
}

function block(scope: Scope, config: DistilbertConfig, output: TokensToOutput) {
  const mix = attention(scope.at('attention'), config.heads, ['q_lin', 'k_lin', 'v_lin'])
  const o = linear(scope.at('attention').at('out_lin'))
  const norm1 = layerNorm(scope.at('sa_layer_norm'), NORM_EPS)
  const up = linear(scope.at('ffn').at('lin1'))
  const act = ACTIVATIONS[config.activation]
  const down = linear(scope.at('ffn').at('lin2'))
  const drop = scope.at('ffn').at('dropout').dropout()
  const norm2 = layerNorm(scope.at('output_layer_norm'), NORM_EPS)

  return (x: Tensor, mask: Tensor) => {
    const queried = takeTokens(x, output)
    const h = norm1(tf.add(queried, o(mix(queried, x, mask))))
    return norm2(tf.add(h, drop(down(act(up(h))))))
  }
}
