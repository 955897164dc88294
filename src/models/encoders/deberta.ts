// DeBERTa versions 2 and 3 (He et al. 2021, 2023) as DebertaV2ForSequenceClassification.
// Shapes: B batch, T tokens, C hidden size, E embedding size, H heads, D head size, R rows of relative positions, L labels.
import type {Shape} from '../../engine/program.ts'
import {disentangled} from '../../tensor/disentangled.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import type {SequenceClassifier} from '../classifier.ts'
import {readHead} from '../config.ts'
import {ACTIVATIONS} from '../layers/activations.ts'
import {convolution} from '../layers/convolution.ts'
import {
  embed,
  firstRows,
  firstTokens,
  layerNorm,
  linear,
  mergeHeads,
  paddingMask,
  splitHeads,
  type TokensToOutput,
  takeTokens,
} from '../layers/layers.ts'
import {type RelativeRows, relativeRows, relativeSpan} from '../layers/relative-positions.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from '../layers/scope.ts'
import type {Architecture} from '../model.ts'
import {type Convolution, type DebertaConfig, readConfig} from './deberta-config.ts'
import {residual} from './encoder.ts'

export const deberta: Architecture = {
  linears: {
    Q: 'attention.self.query_proj',
    K: 'attention.self.key_proj',
    V: 'attention.self.value_proj',
    O: 'attention.output.dense',
    U: 'intermediate.dense',
    D: 'output.dense',
  },
  open(json, options) {
    const config = readConfig(json, options)
    const {labels, vocabulary, longest, types} = config
    return {
      task: 'sequence-classification',
      className: 'DebertaV2ForSequenceClassification',
      labels,
      vocabulary,
      longest,
      types,
      shapes: shapes(config),
      prefix: 'deberta',
      head: readHead(json, HEAD),
      drops: (B, T) => activeSites(drops(config, B, T)),
      rows: (B, T) => rows(config, B, T),
      build: scope => build(scope, config),
    }
  },
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: DebertaConfig): Record<string, Shape> {
  const {hiddenSize: C, embeddingSize: E, intermediateSize: F} = config
  const all: Record<string, Shape> = {}
  const pair = (path: string, weight: Shape) => Object.assign(all, weightAndBias(path, weight))
  const embeddings = 'deberta.embeddings'
  all[`${embeddings}.word_embeddings.weight`] = [config.vocabulary, E]
  if (config.longest !== undefined) all[`${embeddings}.position_embeddings.weight`] = [config.longest, E]
  if (config.types) all[`${embeddings}.token_type_embeddings.weight`] = [config.types, E]
  if (E !== C) all[`${embeddings}.embed_proj.weight`] = [C, E]
  pair(`${embeddings}.LayerNorm`, [C])
  for (let i = 0; i < config.layers; i++) {
    const layer = `deberta.encoder.layer.${i}`
    const own = config.relative && !config.sharedKey
    for (const name of ['query_proj', 'key_proj', 'value_proj']) pair(`${layer}.attention.self.${name}`, [C, C])
    if (own && config.toPosition) pair(`${layer}.attention.self.pos_key_proj`, [C, C])
    if (own && config.toContent) pair(`${layer}.attention.self.pos_query_proj`, [C, C])
    pair(`${layer}.attention.output.dense`, [C, C])
    pair(`${layer}.attention.output.LayerNorm`, [C])
    pair(`${layer}.intermediate.dense`, [F, C])
    pair(`${layer}.output.dense`, [C, F])
    pair(`${layer}.output.LayerNorm`, [C])
  }
  if (config.relative) all['deberta.encoder.rel_embeddings.weight'] = [2 * relativeSpan(config.relative), C]
  if (config.relativeNorm) pair('deberta.encoder.LayerNorm', [C])
  if (config.convolution) {
    pair('deberta.encoder.conv.conv', [C, C / config.convolution.groups, config.convolution.size])
    pair('deberta.encoder.conv.LayerNorm', [C])
  }
  pair('pooler.dense', [C, C])
  pair('classifier', [config.labels, C])
  return all
}

/** Initialized where a checkpoint has none: the published ones are language models. */
const HEAD = ['pooler.dense', 'classifier']

/** The row counts of its projections' inputs for B × T tokens. */
const rows = ({relative}: DebertaConfig, B: number, T: number) =>
  relative ? [B * T, B, relativeRows(T, relative).count] : [B * T, B]

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: DebertaConfig, B: number, T: number): Record<string, DropoutSite> {
  const {hiddenSize: C, heads: H, relative} = config
  const hidden: DropoutSite = {rate: dropout.hidden, shape: [B * T, C]}
  const all: Record<string, DropoutSite> = {'deberta.embeddings.dropout': hidden}
  for (let i = 0; i < config.layers; i++) {
    const layer = `deberta.encoder.layer.${i}`
    if (relative) {
      const read = relativeRows(T, relative).count
      all[`${layer}.attention.self.pos_dropout`] = {rate: dropout.hidden, shape: [read, C]}
    }
    all[`${layer}.attention.self.dropout`] = {rate: dropout.attention, shape: [B * H * T, T]}
    const output = isLast(config, i) ? {...hidden, shape: [B, C] as const} : hidden
    all[`${layer}.attention.output.dropout`] = output
    all[`${layer}.output.dropout`] = output
  }
  if (config.convolution) all['deberta.encoder.conv.dropout'] = hidden
  all['pooler.dropout'] = {rate: dropout.pooler, shape: [B, C]}
  all.dropout = {rate: dropout.classifier, shape: [B, C]}
  return all
}

/** Whether a block computes the first tokens only. A convolution reads all outputs of the first block. */
const isLast = ({layers, convolution}: Pick<DebertaConfig, 'layers' | 'convolution'>, i: number) =>
  i === layers - 1 && !(i === 0 && convolution)

function build(scope: Scope, config: DebertaConfig): SequenceClassifier {
  const encoder = scope.at('deberta').at('encoder')
  const layers = Array.from({length: config.layers}, (_, i) => encoder.at('layer').at(i))

  function read(output: TokensToOutput, ids: Tensor2D, real: Tensor2D, types?: Tensor2D): Tensor {
    const rows = config.relative && relativeRows(ids.shape[1], config.relative)
    const blocks = layers.map((layer, i) =>
      layer.block(scope => block(scope, config, {rows, output: isLast(config, i) ? output : 'all'})),
    )
    const mask = paddingMask(real)
    const embedded = embeddings(scope.at('deberta').at('embeddings'), config)(ids, types) // (B, T, C)
    const shared = rows ? [mask, relativeEmbedding(encoder, config, rows)] : [mask]
    return blocks.reduce((h, next, i) => {
      const after = next(h, ...shared)
      if (i !== 0 || !config.convolution) return after
      return convolve(encoder.at('conv'), config, config.convolution)(embedded, after, real)
    }, embedded)
  }

  return {
    hidden: (ids, real, types) => read('all', ids, real, types),
    logits(ids, real, types) {
      const dropFirst = scope.at('pooler').at('dropout').dropout()
      const pool = linear(scope.at('pooler').at('dense'))
      const act = ACTIVATIONS[config.poolerActivation]
      const drop = scope.at('dropout').dropout()
      const classify = linear(scope.at('classifier'))
      const pooled = act(pool(dropFirst(firstTokens(read(1, ids, real, types))))) // (B, C)
      return classify(drop(pooled)) as Tensor2D // (B, L)
    },
  }
}

function embeddings(scope: Scope, config: DebertaConfig) {
  const words = scope.at('word_embeddings').matrix('weight') // (V, E)
  const project = config.embeddingSize === config.hiddenSize ? undefined : linear(scope.at('embed_proj'))
  const norm = layerNorm(scope.at('LayerNorm'), config.normEps)
  const drop = scope.at('dropout').dropout()

  return (ids: Tensor2D, types?: Tensor2D) => {
    const E = config.embeddingSize
    let sum = embed(words, ids, config.padding) // (B, T, E)
    if (config.longest !== undefined) {
      const positions = scope.at('position_embeddings').matrix('weight')
      sum = tf.add(sum, firstRows(positions, ids.shape[1]))
    }
    if (config.types) {
      const tokenTypes = scope.at('token_type_embeddings').matrix('weight')
      sum = tf.add(sum, types ? embed(tokenTypes, types) : tf.slice(tokenTypes, [0, 0], [1, E]))
    }
    return drop(norm(project ? project(sum) : sum))
  }
}

/** The embeddings of the relative positions that occur, (R, C). */
function relativeEmbedding(encoder: Scope, config: DebertaConfig, {first, count}: RelativeRows): Tensor {
  const all = encoder.at('rel_embeddings').matrix('weight')
  const read = tf.slice(all, [first, 0], [count, config.hiddenSize])
  return config.relativeNorm ? layerNorm(encoder.at('LayerNorm'), config.normEps)(read) : read
}

/** In version-2 models, a convolution of the embeddings is added to the first block's output. */
function convolve(scope: Scope, config: DebertaConfig, {groups, activation}: Convolution) {
  const convolved = convolution(scope.at('conv'), groups)
  const drop = scope.at('dropout').dropout()
  const norm = layerNorm(scope.at('LayerNorm'), config.normEps)

  return (x: Tensor, h: Tensor, real: Tensor2D) => {
    const mask = tf.reshape(tf.cast(real, 'float32'), [...real.shape, 1]) // (B, T, 1)
    const y = tf.mul(convolved(tf.mul(x, mask)), mask)
    return tf.mul(norm(tf.add(h, ACTIVATIONS[activation](drop(y)))), mask)
  }
}

interface BlockOptions {
  readonly rows: RelativeRows | undefined
  readonly output: TokensToOutput
}

function block(scope: Scope, config: DebertaConfig, {rows, output}: BlockOptions) {
  const mix = attention(scope.at('attention').at('self'), config, rows)
  const mixed = residual(scope.at('attention').at('output'), config.normEps)
  const up = linear(scope.at('intermediate').at('dense'))
  const act = ACTIVATIONS[config.activation]
  const down = residual(scope.at('output'), config.normEps)

  return (x: Tensor, mask: Tensor, positions?: Tensor) => {
    const h = mixed(takeTokens(mix(x, mask, positions), output), takeTokens(x, output))
    return down(act(up(h)), h)
  }
}

function attention(scope: Scope, config: DebertaConfig, relative: RelativeRows | undefined) {
  const {heads, sharedKey, toPosition, toContent} = config
  const q = linear(scope.at('query_proj'))
  const k = linear(scope.at('key_proj'))
  const v = linear(scope.at('value_proj'))
  const dropPositions = scope.at('pos_dropout').dropout()
  const dropout = scope.at('dropout').dropout()
  const scale = 1 / Math.sqrt(config.headSize * (1 + Number(toPosition) + Number(toContent)))

  /** Projected positions, a row for each of the 2T − 1 distances in the order of `at`: (H, 2T − 1, D). */
  const spread = (rows: Tensor, at: Int32Array) => {
    const read = at.every((row, i) => row === i) ? rows : tf.gather(rows, tf.tensor1d(at, 'int32'))
    return tf.transpose(tf.reshape(read, [at.length, heads, config.headSize]), [1, 0, 2])
  }
  const project = (own: 'pos_key_proj' | 'pos_query_proj') =>
    sharedKey ? (own === 'pos_key_proj' ? k : q) : linear(scope.at(own))

  return (x: Tensor, mask: Tensor, positions?: Tensor) => {
    const [queries, keys, values] = [q, k, v].map(project => splitHeads(project(x), heads)) // (B, H, T, D)
    const read = positions && dropPositions(positions) // (R, C)
    const at = relative?.at
    const mixed = disentangled(
      {q: queries, k: keys, v: values},
      {
        scale,
        mask,
        dropout,
        positionKeys: read && at && toPosition ? spread(project('pos_key_proj')(read), at.toReversed()) : undefined,
        positionQueries: read && at && toContent ? spread(project('pos_query_proj')(read), at) : undefined,
      },
    )
    return mergeHeads(mixed) // (B, T, C)
  }
}
