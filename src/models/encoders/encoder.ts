// The form of BERT, which RoBERTa shares, and the parts that other encoders share with it.
// Shapes: B batch, Q and T tokens, C hidden size, E embedding size, F intermediate size, H heads, D head size, V vocabulary, P positions, L labels.
import type {Shape} from '../../engine/program.ts'
import {attention as attend} from '../../tensor/attention.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import type {SequenceClassifier} from '../classifier.ts'
import {type LabelOptions, type ModelConfig, reader, readLabels, readWidth} from '../config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from '../layers/activations.ts'
import {
  embed,
  firstTokens,
  type Layer,
  layerNorm,
  linear,
  mergeHeads,
  paddingMask,
  splitHeads,
  type TokensToOutput,
  takeTokens,
} from '../layers/layers.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from '../layers/scope.ts'
import type {SequenceModel} from '../model.ts'

/** The linear layers of a block. */
export const ENCODER_LINEARS = {
  Q: 'attention.self.query',
  K: 'attention.self.key',
  V: 'attention.self.value',
  O: 'attention.output.dense',
  U: 'intermediate.dense',
  D: 'output.dense',
} as const

interface EncoderConfig extends ReturnType<typeof readEncoderConfig> {
  /** The size of embeddings, which a linear layer projects to the hidden size; default: the hidden size. */
  readonly embeddingSize?: number
}

/** Reads the keys that all models of this form have. */
export function readEncoderConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const {hiddenSize, heads} = readWidth(read)
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
    positions: read.integer('max_position_embeddings', 512),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.positive('layer_norm_eps', 1e-12),
    labels: readLabels(json, options),
    dropout: {
      hidden,
      attention: read.rate('attention_probs_dropout_prob', 0.1),
      classifier: read.rate('classifier_dropout', hidden),
    },
  }
}

/** The parts in which the models of this form differ. */
interface EncoderParts extends Pick<SequenceModel, 'className' | 'prefix' | 'longest' | 'types' | 'head'> {
  /** The id of the padding token. */
  readonly padding: number | undefined
  /** The dropout layers of the head. */
  readonly headDrops: readonly string[]
  /** Embeds the positions of tokens: `positions` (P, C) and ids (B, T) → (T, C) or (B, T, C). */
  locate(positions: Tensor2D, ids: Tensor2D): Tensor
  /** Builds the head, of a layer (C, C) and a classifier: (B, C) → (B, L). */
  classify(scope: Scope): Layer
}

/** A classifier of texts, whose head reads the first token. */
export function encoderModel(config: EncoderConfig, parts: EncoderParts): SequenceModel {
  const {labels, vocabulary, hiddenSize: C} = config
  const {className, prefix, longest, types, head} = parts
  const [dense, classifier] = head.paths
  const shapes = {
    ...encoderShapes(prefix, config),
    ...weightAndBias(dense, [C, C]),
    ...weightAndBias(classifier, [labels, C]),
  }
  return {
    task: 'sequence-classification',
    className,
    labels,
    vocabulary,
    longest,
    types,
    shapes,
    prefix,
    head,
    drops(B, T) {
      const site: DropoutSite = {rate: config.dropout.classifier, shape: [B, C]}
      const own = Object.fromEntries(parts.headDrops.map(path => [path, site]))
      return activeSites({...encoderDrops(prefix, config, {B, T}), ...own})
    },
    rows: (B, T) => [B * T, B],
    build: scope => build(scope, config, parts),
  }
}

function build(scope: Scope, config: EncoderConfig, parts: EncoderParts): SequenceClassifier {
  const model = scope.at(parts.prefix)

  const project = isProjected(config) ? linear(model.at('embeddings_project')) : (x: Tensor) => x

  function read(output: TokensToOutput, ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor {
    const x = project(embeddings(model.at('embeddings'), config, parts)(ids, types)) // (B, T, C)
    return blocks(model, config, output)(x, paddingMask(real))
  }

  return {
    hidden: (ids, real, types) => read('all', ids, real, types),
    logits(ids, real, types) {
      const classify = parts.classify(scope)
      return classify(firstTokens(read(1, ids, real, types))) as Tensor2D // (B, L)
    },
  }
}

const isProjected = ({embeddingSize, hiddenSize}: EncoderConfig) =>
  embeddingSize !== undefined && embeddingSize !== hiddenSize

function embeddings(scope: Scope, config: EncoderConfig, parts: EncoderParts) {
  const words = scope.at('word_embeddings').matrix('weight') // (V, C)
  const positions = scope.at('position_embeddings').matrix('weight') // (P, C)
  const tokenTypes = scope.at('token_type_embeddings').matrix('weight')
  const norm = layerNorm(scope.at('LayerNorm'), config.normEps)
  const drop = scope.at('dropout').dropout()
  const {hiddenSize, embeddingSize: E = hiddenSize} = config

  return (ids: Tensor2D, types?: Tensor2D) => {
    const type = types && parts.types ? embed(tokenTypes, types) : tf.slice(tokenTypes, [0, 0], [1, E])
    const sum = tf.add(embed(words, ids, parts.padding), type)
    return drop(norm(tf.add(sum, parts.locate(positions, ids)))) // (B, T, E)
  }
}

/** The names and shapes of the tensors below `path`, the module of embeddings and blocks. */
function encoderShapes(path: string, config: EncoderConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F, embeddingSize: E = C} = config
  const all: Record<string, Shape> = {
    [`${path}.embeddings.word_embeddings.weight`]: [config.vocabulary, E],
    [`${path}.embeddings.position_embeddings.weight`]: [config.positions, E],
    [`${path}.embeddings.token_type_embeddings.weight`]: [config.types, E],
  }
  const pair = (path: string, weight: Shape) => Object.assign(all, weightAndBias(path, weight))
  pair(`${path}.embeddings.LayerNorm`, [E])
  if (isProjected(config)) pair(`${path}.embeddings_project`, [C, E])
  for (let i = 0; i < config.layers; i++) {
    const layer = `${path}.encoder.layer.${i}`
    for (const name of ['query', 'key', 'value']) pair(`${layer}.attention.self.${name}`, [C, C])
    pair(`${layer}.attention.output.dense`, [C, C])
    pair(`${layer}.attention.output.LayerNorm`, [C])
    pair(`${layer}.intermediate.dense`, [F, C])
    pair(`${layer}.output.dense`, [C, F])
    pair(`${layer}.output.LayerNorm`, [C])
  }
  return all
}

/**
 * The dropout layers below `path`, while training on B × T tokens. `attention` is the path of a block's attention; the last block
 * computes only the first `output` tokens.
 */
export function encoderDrops(
  path: string,
  {
    dropout,
    ...config
  }: Pick<EncoderConfig, 'layers' | 'hiddenSize' | 'embeddingSize' | 'heads'> & {
    readonly dropout: Pick<EncoderConfig['dropout'], 'hidden' | 'attention'>
  },
  {B, T, attention = 'attention.self', output = 1}: EncoderDrops,
): Record<string, DropoutSite> {
  const {hiddenSize: C, embeddingSize: E = C, heads: H} = config
  const all: Record<string, DropoutSite> = {[`${path}.embeddings.dropout`]: {rate: dropout.hidden, shape: [B * T, E]}}
  for (let i = 0; i < config.layers; i++) {
    const layer = `${path}.encoder.layer.${i}`
    const read = i === config.layers - 1 ? output : T
    const hidden: DropoutSite = {rate: dropout.hidden, shape: [B * read, C]}
    all[`${layer}.${attention}.dropout`] = {rate: dropout.attention, shape: [B * H * read, T]}
    all[`${layer}.attention.output.dropout`] = hidden
    all[`${layer}.output.dropout`] = hidden
  }
  return all
}

interface EncoderDrops {
  readonly B: number
  readonly T: number
  readonly attention?: string
  readonly output?: number
}

/** Applies the blocks below `scope`, the last of which computes the tokens `output`: x (B, T, C) → (B, Q, C). */
function blocks(scope: Scope, config: EncoderConfig, output: TokensToOutput) {
  const layers = Array.from({length: config.layers}, (_, i) => scope.at('encoder').at('layer').at(i))
  const all = layers.map((layer, i) =>
    layer.block(scope => block(scope, config, i === layers.length - 1 ? output : 'all')),
  )
  return (x: Tensor, mask: Tensor) => all.reduce((h, next) => next(h, mask), x)
}

function block(scope: Scope, config: EncoderConfig, output: TokensToOutput) {
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

/** Attention of the tokens `x` (B, Q, C) to the tokens `all` (B, T, C) → (B, Q, C). */
export function attention(scope: Scope, heads: number, names: readonly string[] = ['query', 'key', 'value']) {
  const [q, k, v] = names.map(name => linear(scope.at(name)))
  const dropout = scope.at('dropout').dropout()

  return (x: Tensor, all: Tensor, mask?: Tensor) => {
    const queries = splitHeads(q(x), heads) // (B, H, Q, D)
    const [keys, values] = [k, v].map(project => splitHeads(project(all), heads)) // (B, H, T, D)
    return mergeHeads(attend({q: queries, k: keys, v: values}, {mask, dropout}))
  }
}

/** norm(x + drop(W y)) */
export function residual(scope: Scope, normEps: number) {
  const project = linear(scope.at('dense'))
  const drop = scope.at('dropout').dropout()
  const norm = layerNorm(scope.at('LayerNorm'), normEps)
  return (y: Tensor, x: Tensor) => norm(tf.add(x, drop(project(y))))
}
