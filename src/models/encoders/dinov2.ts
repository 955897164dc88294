// DINOv2 (Oquab et al. 2023) as Dinov2ForImageClassification: ViT's embeddings, what blocks add is scaled, and the classifier reads
// the class token and the mean of the patches.
// Shapes: B batch, T = 1 + P tokens, P patches, C hidden size, F intermediate size, H heads, L labels.
import {Fault} from '../../base/fault.ts'
import {equalShapes, type Shape} from '../../engine/program.ts'
import type {ImageSize} from '../../images/image.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import type {NewerNames} from '../../weights/names.ts'
import type {ImageClassifier} from '../classifier.ts'
import {type LabelOptions, type ModelConfig, reader, readHead, readHeadSize, readLabels, readWidth} from '../config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from '../layers/activations.ts'
import {type Grid, interpolateGrid} from '../layers/interpolate-grid.ts'
import {firstTokens, type Layer, layerNorm, linear} from '../layers/layers.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from '../layers/scope.ts'
import type {Architecture, ImageModel} from '../model.ts'
import {attention} from './encoder.ts'
import {countTokens, embeddingShapes, embeddings, grid, type Patches, readPatches} from './vit.ts'

export const dinov2: Architecture = {
  linears: {
    Q: 'attention.attention.query',
    K: 'attention.attention.key',
    V: 'attention.attention.value',
    O: 'attention.output.dense',
    U: 'mlp.fc1',
    D: 'mlp.fc2',
  },
  open(json, options) {
    const config = readConfig(json, options)
    return modelOf(config, {head: readHead(json, ['classifier']), image: config.image})
  },
}

/** The model of images of a size, which need not be that of the config. */
function modelOf(config: Dinov2Config, {head, image}: Pick<ImageModel, 'head'> & Pick<Patches, 'image'>): ImageModel {
  const patches = {...config, image}
  const T = countTokens(patches)
  return {
    task: 'image-classification',
    className: 'Dinov2ForImageClassification',
    labels: config.labels,
    image: [config.channels, ...image],
    processor: 'Bit',
    tokens: T,
    shapes: shapes(config),
    prefix: 'dinov2',
    newer: NEWER,
    head,
    own: {use_mask_token: false}, // read in pretraining alone
    drops: B => activeSites(drops(config, B, T)),
    rows: B => [B * T, B],
    resized: size => modelOf(config, {head, image: checkSize(config, size)}),
    build: scope => build(scope, config, patches),
  }
}

/** The height and width of images whose positions can be interpolated. */
function checkSize(config: Dinov2Config, {height, width}: ImageSize): Patches['image'] {
  const [down, across] = config.patch
  const refuse = (reason: string) => new Fault('input', `images of ${height} × ${width} ${reason}`)
  if (height < down || width < across) throw refuse(`hold no patch of ${down} × ${across}`)
  const [rows, columns] = grid(config)
  if (rows !== columns)
    throw refuse(`need interpolated positions, but those of the checkpoint are ${rows} × ${columns}, not square`)
  return [height, width]
}

/** The names of transformers since version 5.24. */
const NEWER: NewerNames = {
  blocks: ['encoder.layer', 'encoder.layer'],
  modules: {
    'attention.q_proj': 'attention.attention.query',
    'attention.k_proj': 'attention.attention.key',
    'attention.v_proj': 'attention.attention.value',
    'attention.o_proj': 'attention.output.dense',
  },
}

type Dinov2Config = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const size = readWidth(read, {hiddenSize: 768, heads: 12})
  const patches = readPatches(json, {image: 224, patch: 14})
  const [height, width] = patches.image
  read.check(
    height === width,
    `image_size must be square, as other images need interpolated positions, not ${height} × ${width}`,
  )
  readHeadSize(read, size)
  read.check(!read.boolean('use_swiglu_ffn', false), 'use_swiglu_ffn must be false: the gated MLP is not supported')
  const dropped = read.rate('drop_path_rate', 0)
  read.check(dropped === 0, `drop_path_rate must be 0, not ${dropped}: whole blocks are never dropped`)
  return {
    ...patches,
    ...size,
    intermediateSize: size.hiddenSize * read.integer('mlp_ratio', 4),
    layers: read.integer('num_hidden_layers', 12),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.positive('layer_norm_eps', 1e-6),
    qkvBias: read.boolean('qkv_bias', true),
    labels: readLabels(json, options),
    dropout: {hidden: read.rate('hidden_dropout_prob', 0), attention: read.rate('attention_probs_dropout_prob', 0)},
  }
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: Dinov2Config): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F} = config
  const all: Record<string, Shape> = embeddingShapes('dinov2.embeddings', config)
  const pair = (path: string, weight: Shape, biased = true) => Object.assign(all, weightAndBias(path, weight, biased))
  for (let i = 0; i < config.layers; i++) {
    const layer = `dinov2.encoder.layer.${i}`
    pair(`${layer}.norm1`, [C])
    for (const name of ['query', 'key', 'value']) pair(`${layer}.attention.attention.${name}`, [C, C], config.qkvBias)
    pair(`${layer}.attention.output.dense`, [C, C])
    all[`${layer}.layer_scale1.lambda1`] = [C]
    pair(`${layer}.norm2`, [C])
    pair(`${layer}.mlp.fc1`, [F, C])
    pair(`${layer}.mlp.fc2`, [C, F])
    all[`${layer}.layer_scale2.lambda1`] = [C]
  }
  pair('dinov2.layernorm', [C])
  pair('classifier', [config.labels, 2 * C])
  return all
}

/** The dropout layers, while training on B images of T tokens. */
function drops({dropout, ...config}: Dinov2Config, B: number, T: number): Record<string, DropoutSite> {
  const hidden: DropoutSite = {rate: dropout.hidden, shape: [B * T, config.hiddenSize]}
  const all: Record<string, DropoutSite> = {'dinov2.embeddings.dropout': hidden}
  for (let i = 0; i < config.layers; i++) {
    const path = `dinov2.encoder.layer.${i}.attention.attention.dropout`
    all[path] = {rate: dropout.attention, shape: [B * config.heads * T, T]}
  }
  return all
}

function build(scope: Scope, config: Dinov2Config, patches: Patches): ImageClassifier {
  const model = scope.at('dinov2')
  const read = embeddings(model.at('embeddings'), {...config, ...patches}, positions =>
    place(positions, grid(config), grid(patches)),
  )
  const layers = Array.from({length: config.layers}, (_, i) => model.at('encoder').at('layer').at(i))
  const norm = layerNorm(model.at('layernorm'), config.normEps)
  const classify = linear(scope.at('classifier'))

  return {
    logits(pixels) {
      const blocks = layers.map(layer => layer.block(scope => block(scope, config)))
      const h = norm(blocks.reduce((x, next) => next(x), read(pixels))) // (B, T, C)
      return classify(tf.concat([firstTokens(h), meanPatches(h)], 1)) as Tensor2D // (B, L)
    },
  }
}

/** The embeddings of the class token and of a grid's positions, interpolated from those of another grid. */
function place(positions: Tensor, from: Grid, to: Grid): Tensor {
  if (equalShapes(from, to)) return positions
  const [, T, C] = positions.shape
  const first = tf.slice(positions, [0, 0, 0], [1, 1, C])
  const patches = tf.reshape(tf.slice(positions, [0, 1, 0], [1, T - 1, C]), [T - 1, C]) as Tensor2D
  const interpolated = interpolateGrid(patches, from, to)
  return tf.concat([first, tf.reshape(interpolated, [1, -1, C])], 1)
}

/** The mean of each image's patches, (B, T, C) → (B, C). */
function meanPatches(h: Tensor): Tensor2D {
  const [B, T, C] = h.shape
  return tf.mean(tf.slice(h, [0, 1, 0], [B, T - 1, C]), 1)
}

function block(scope: Scope, config: Dinov2Config): Layer {
  const norm1 = layerNorm(scope.at('norm1'), config.normEps)
  const mix = attention(scope.at('attention').at('attention'), config.heads)
  const o = linear(scope.at('attention').at('output').at('dense'))
  const norm2 = layerNorm(scope.at('norm2'), config.normEps)
  const up = linear(scope.at('mlp').at('fc1'))
  const act = ACTIVATIONS[config.activation]
  const down = linear(scope.at('mlp').at('fc2'))
  const [scale1, scale2] = ['layer_scale1', 'layer_scale2'].map(name => scope.at(name).vector('lambda1'))

  return x => {
    const n = norm1(x)
    const h = tf.add(x, tf.mul(o(mix(n, n)), scale1))
    return tf.add(h, tf.mul(down(act(up(norm2(h)))), scale2))
  }
}
