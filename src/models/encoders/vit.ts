// ViT (Dosovitskiy et al. 2021) as ViTForImageClassification: no pooler, the class token is read; and the form that DeiT shares.
// Shapes: B batch, P patches, N class tokens, T = N + P tokens, C hidden size, H heads, L labels.
import {quote} from '../../base/printable.ts'
import type {Shape} from '../../engine/program.ts'
import {expand} from '../../tensor/gradients.ts'
import {addAll, type Tensor2D, tf} from '../../tensor/tf.ts'
import type {NewerNames} from '../../weights/names.ts'
import type {ImageClassifier} from '../classifier.ts'
import {type LabelOptions, type ModelConfig, reader, readHead, readLabels, readWidth} from '../config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from '../layers/activations.ts'
import type {Grid} from '../layers/interpolate-grid.ts'
import {type Layer, layerNorm, linear, type TokensToOutput, takeTokens, tokensAt} from '../layers/layers.ts'
import {activeSites, type Scope, weightAndBias} from '../layers/scope.ts'
import type {Architecture, ImageModel} from '../model.ts'
import {attention, encoderDrops} from './encoder.ts'

export const vit: Architecture = {
  linears: {
    Q: 'attention.attention.query',
    K: 'attention.attention.key',
    V: 'attention.attention.value',
    O: 'attention.output.dense',
    U: 'intermediate.dense',
    D: 'output.dense',
  },
  open(json, options) {
    const config = readConfig(json, options)
    return vitModel(config, {
      className: 'ViTForImageClassification',
      prefix: 'vit',
      head: readHead(json, ['classifier']),
    })
  },
}

/** The parts in which the models of this form differ. */
interface VitParts extends Pick<ImageModel, 'className' | 'prefix' | 'head'> {
  /** The names of the tokens before the patches; default: the class token. */
  readonly tokens?: readonly string[]
}

/** A classifier of images whose logits are the mean of its heads', each of which reads one of the first tokens. */
export function vitModel(config: VitConfig, {className, prefix, head, tokens = CLASS}: VitParts): ImageModel {
  const parts = {prefix, heads: head.paths, tokens}
  const output = head.paths.length
  const T = countTokens(config, tokens)
  return {
    task: 'image-classification',
    className,
    labels: config.labels,
    image: [config.channels, ...config.image],
    processor: 'ViT',
    tokens: T,
    shapes: shapes(config, parts),
    prefix,
    newer: NEWER,
    head,
    drops: B => activeSites(encoderDrops(prefix, config, {B, T, output, attention: 'attention.attention'})),
    rows: B => [B * T, B * output, B],
    build: scope => build(scope, config, parts),
  }
}

const CLASS = ['cls_token']

/** The names of transformers since version 5.24. */
const NEWER: NewerNames = {
  blocks: ['encoder.layer', 'layers'],
  modules: {
    'attention.q_proj': 'attention.attention.query',
    'attention.k_proj': 'attention.attention.key',
    'attention.v_proj': 'attention.attention.value',
    'attention.o_proj': 'attention.output.dense',
    'mlp.fc1': 'intermediate.dense',
    'mlp.fc2': 'output.dense',
    layernorm_before: 'layernorm_before',
    layernorm_after: 'layernorm_after',
  },
}

type VitConfig = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig, options?: LabelOptions) {
  const read = reader(json)
  const {hiddenSize, heads} = readWidth(read, {hiddenSize: 768, heads: 12})
  return {
    ...readPatches(json, {image: 224, patch: 16}),
    hiddenSize,
    intermediateSize: read.integer('intermediate_size', 3072),
    layers: read.integer('num_hidden_layers', 12),
    heads,
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.positive('layer_norm_eps', 1e-12),
    qkvBias: read.boolean('qkv_bias', true),
    labels: readLabels(json, options),
    dropout: {hidden: read.rate('hidden_dropout_prob', 0), attention: read.rate('attention_probs_dropout_prob', 0)},
  }
}

/** The images that a model reads as patches: both sizes are height and width. */
export interface Patches {
  readonly channels: number
  readonly image: readonly [number, number]
  readonly patch: readonly [number, number]
}

/** Reads the sizes of images and patches; `defaults` are those of a config that lacks them. */
export function readPatches(json: ModelConfig, defaults: {readonly image: number; readonly patch: number}): Patches {
  const image = sides(json, 'image_size', defaults.image)
  const patch = sides(json, 'patch_size', defaults.patch)
  reader(json).check(
    image[0] >= patch[0] && image[1] >= patch[1],
    `image_size must hold a patch of ${patch.join(' × ')}, not ${image.join(' × ')}`,
  )
  return {channels: reader(json).integer('num_channels', 3), image, patch}
}

/** Reads [height, width], or one number for both. */
function sides(json: ModelConfig, key: string, fallback: number): [number, number] {
  const read = reader(json)
  const found = json[key]
  if (!Array.isArray(found)) {
    const side = read.integer(key, fallback)
    return [side, side]
  }
  const isSize = found.length === 2 && found.every(side => Number.isSafeInteger(side) && side > 0)
  read.check(isSize, `${key} must be one positive integer or two, not ${quote(found)}`)
  return [found[0], found[1]]
}

/** Patches down and across; the rest of the image at its right and bottom is not read. */
export const grid = ({image, patch}: Patches): Grid => [
  Math.floor(image[0] / patch[0]),
  Math.floor(image[1] / patch[1]),
]

/** The number of patches and the tokens before them. */
export const countTokens = (patches: Patches, tokens: readonly string[] = CLASS) =>
  tokens.length + grid(patches)[0] * grid(patches)[1]

interface Places {
  readonly prefix: string
  readonly heads: readonly string[]
  readonly tokens: readonly string[]
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: VitConfig, {prefix, heads, tokens}: Places): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F} = config
  const all: Record<string, Shape> = embeddingShapes(`${prefix}.embeddings`, {...config, tokens})
  const pair = (path: string, weight: Shape, biased = true) => Object.assign(all, weightAndBias(path, weight, biased))
  for (let i = 0; i < config.layers; i++) {
    const layer = `${prefix}.encoder.layer.${i}`
    for (const name of ['query', 'key', 'value']) pair(`${layer}.attention.attention.${name}`, [C, C], config.qkvBias)
    pair(`${layer}.attention.output.dense`, [C, C])
    pair(`${layer}.intermediate.dense`, [F, C])
    pair(`${layer}.output.dense`, [C, F])
    pair(`${layer}.layernorm_before`, [C])
    pair(`${layer}.layernorm_after`, [C])
  }
  pair(`${prefix}.layernorm`, [C])
  for (const path of heads) pair(path, [config.labels, C])
  return all
}

interface EmbeddingConfig extends Patches {
  readonly hiddenSize: number
  readonly tokens?: readonly string[]
}

/** The tensors of `embeddings` at `path`. */
export function embeddingShapes(path: string, {hiddenSize: C, tokens = CLASS, ...patches}: EmbeddingConfig) {
  const all: Record<string, Shape> = Object.fromEntries(tokens.map(token => [`${path}.${token}`, [1, 1, C]]))
  all[`${path}.position_embeddings`] = [1, countTokens(patches, tokens), C]
  return {...all, ...weightAndBias(`${path}.patch_embeddings.projection`, [C, patches.channels, ...patches.patch])}
}

function build(scope: Scope, config: VitConfig, {prefix, heads, tokens}: Places): ImageClassifier {
  const vit = scope.at(prefix)
  const read = embeddings(vit.at('embeddings'), {...config, tokens})
  const layers = Array.from({length: config.layers}, (_, i) => vit.at('encoder').at('layer').at(i))
  const norm = layerNorm(vit.at('layernorm'), config.normEps)
  const classify = heads.map(path => linear(scope.at(path)))

  return {
    logits(pixels) {
      const last = layers.length - 1
      const blocks = layers.map((layer, i) =>
        layer.block(scope => block(scope, config, i === last ? heads.length : 'all')),
      )
      const h = blocks.reduce((x, next) => next(x), read(pixels)) // (B, heads, C)
      return mean(classify.map((head, i) => head(norm(tokensAt(h, i))) as Tensor2D)) // (B, L)
    },
  }
}

const mean = (all: readonly Tensor2D[]): Tensor2D => (all.length === 1 ? all[0] : tf.div(addAll(all), all.length))

/**
 * Embeds pixels (B, channels, height, width) as class tokens and patches: → (B, T, C). `place` computes the embeddings of the
 * positions (1, T, C) from those of the checkpoint.
 */
export function embeddings(scope: Scope, config: EmbeddingConfig, place: Layer = positions => positions): Layer {
  const projection = scope.at('patch_embeddings').at('projection')
  const weight = projection.tensor('weight', 4)
  const bias = projection.vector('bias')
  const first = (config.tokens ?? CLASS).map(name => scope.tensor(name, 3))
  const positions = place(scope.tensor('position_embeddings', 3))
  const drop = scope.at('dropout').dropout()
  const {channels, patch, hiddenSize: C} = config
  const [down, across] = grid(config)
  const width = channels * patch[0] * patch[1] // values of a patch

  return pixels => {
    const [B] = pixels.shape
    const whole = tf.slice(pixels, [0, 0, 0, 0], [B, channels, down * patch[0], across * patch[1]])
    const cut = tf.transpose(tf.reshape(whole, [B, channels, down, patch[0], across, patch[1]]), [0, 2, 4, 1, 3, 5])
    const patches = tf.reshape(cut, [-1, width]) // (B · P, width)
    const embedded = tf.add(tf.matMul(patches, tf.reshape(weight, [C, width]), false, true), bias)
    const all = [...first.map(token => expand(token, [B, 1, C])), tf.reshape(embedded, [B, -1, C])]
    return drop(tf.add(tf.concat(all, 1), positions)) // (B, T, C)
  }
}

/** x (B, T, C) → the block's output for all tokens or the first. */
function block(scope: Scope, config: VitConfig, output: TokensToOutput): Layer {
  const norm1 = layerNorm(scope.at('layernorm_before'), config.normEps)
  const mix = attention(scope.at('attention').at('attention'), config.heads)
  const o = linear(scope.at('attention').at('output').at('dense'))
  const dropMixed = scope.at('attention').at('output').at('dropout').dropout()
  const norm2 = layerNorm(scope.at('layernorm_after'), config.normEps)
  const up = linear(scope.at('intermediate').at('dense'))
  const act = ACTIVATIONS[config.activation]
  const down = linear(scope.at('output').at('dense'))
  const drop = scope.at('output').at('dropout').dropout()

  return x => {
    const n = norm1(x)
    const h = tf.add(takeTokens(x, output), dropMixed(o(mix(takeTokens(n, output), n))))
    return tf.add(h, drop(down(act(up(norm2(h))))))
  }
}
