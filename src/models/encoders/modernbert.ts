// ModernBERT (Warner et al. 2024) as ModernBertForSequenceClassification: rotary positions, norms before attention and MLP, and
// windows of attention in all but every third layer.
// Shapes: B batch, T tokens, C hidden size, F intermediate size, H heads, D head size, V vocabulary, L labels.
import type {Shape} from '../../engine/program.ts'
import {attention as attend} from '../../tensor/attention.ts'
import {rotate} from '../../tensor/fused.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import type {SequenceClassifier} from '../classifier.ts'
import {ACTIVATIONS} from '../layers/activations.ts'
import {
  embed,
  firstTokens,
  type Layer,
  layerNorm,
  linear,
  meanTokens,
  mergeHeads,
  paddingMask,
  splitHeads,
  type TokensToOutput,
  takeTokens,
} from '../layers/layers.ts'
import type {Rope} from '../layers/rope-config.ts'
import {rotaryOf} from '../layers/rotary.ts'
import {activeSites, type DropoutSite, type Scope} from '../layers/scope.ts'
import {windowOf} from '../layers/sliding-window.ts'
import type {Architecture} from '../model.ts'
import {type ModernBertConfig, readConfig} from './modernbert-config.ts'

export const modernbert: Architecture = {
  linears: {
    QKV: 'attn.Wqkv', // all three in one
    O: 'attn.Wo',
    GU: 'mlp.Wi', // the activated half, then the other
    D: 'mlp.Wo',
  },
  open(json, options) {
    const config = readConfig(json, options)
    const {labels, vocabulary, longest, window} = config
    return {
      task: 'sequence-classification',
      className: 'ModernBertForSequenceClassification',
      labels,
      vocabulary,
      longest,
      types: 0,
      window,
      shapes: shapes(config),
      prefix: 'model',
      head: config.head,
      drops: (B, T) => activeSites(drops(config, B, T)),
      rows: (B, T) => [B * T, B],
      build: scope => build(scope, config),
    }
  },
}

/** The names and shapes of a checkpoint's tensors. */
function shapes({biases, ...config}: ModernBertConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F, labels: L} = config
  const all: Record<string, Shape> = {'model.embeddings.tok_embeddings.weight': [config.vocabulary, C]}
  const add = (path: string, biased: boolean, ...weight: number[]) => {
    all[`${path}.weight`] = weight
    if (biased) all[`${path}.bias`] = [weight[0]]
  }
  add('model.embeddings.norm', biases.norm, C)
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    if (i > 0) add(`${layer}.attn_norm`, biases.norm, C)
    add(`${layer}.attn.Wqkv`, biases.attention, 3 * C, C)
    add(`${layer}.attn.Wo`, biases.attention, C, C)
    add(`${layer}.mlp_norm`, biases.norm, C)
    add(`${layer}.mlp.Wi`, biases.mlp, 2 * F, C)
    add(`${layer}.mlp.Wo`, biases.mlp, C, F)
  }
  add('model.final_norm', biases.norm, C)
  add('head.dense', biases.classifier, C, C)
  add('head.norm', biases.norm, C)
  add('classifier', true, L, C)
  return all
}

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: ModernBertConfig, B: number, T: number): Record<string, DropoutSite> {
  const {hiddenSize: C, intermediateSize: F, heads: H} = config
  const all: Record<string, DropoutSite> = {'model.embeddings.drop': {rate: dropout.embedding, shape: [B * T, C]}}
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    const read = outputOf(config, i) === 'first' ? 1 : T
    all[`${layer}.attn.dropout`] = {rate: dropout.attention, shape: [B * H * read, T]}
    all[`${layer}.attn.out_drop`] = {rate: dropout.attention, shape: [B * read, C]}
    all[`${layer}.mlp.drop`] = {rate: dropout.mlp, shape: [B * read, F]}
  }
  all.drop = {rate: dropout.classifier, shape: [B, C]}
  return all
}

/** The tokens that a block computes for the classifier: the last block may compute the first ones alone. */
const outputOf = ({layers, pooling}: Pick<ModernBertConfig, 'layers' | 'pooling'>, layer: number): TokensToOutput =>
  pooling === 'cls' && layer === layers - 1 ? 'first' : 'all'

function build(scope: Scope, config: ModernBertConfig): SequenceClassifier {
  const model = scope.at('model')
  const layers = Array.from({length: config.layers}, (_, i) => model.at('layers').at(i))

  function read(ids: Tensor2D, real: Tensor2D, output: (layer: number) => TokensToOutput): Tensor {
    const mask = paddingMask(real)
    const angles = {global: anglesOf(config.rotary.global, ids), local: anglesOf(config.rotary.local, ids)}
    const blocks = layers.map((layer, i) =>
      layer.block(scope => {
        const run = block(scope, config, {layer: i, output: output(i)})
        return (x, mask, cos, sin) => run(x, mask, {cos, sin})
      }),
    )
    const h = blocks.reduce(
      (h, next, i) => {
        const {cos, sin} = config.window?.covers(i) ? angles.local : angles.global
        return next(h, mask, cos, sin)
      },
      embeddings(model.at('embeddings'), config)(ids),
    )
    return layerNorm(model.at('final_norm'), config.normEps)(h)
  }

  return {
    hidden: (ids, real) => read(ids, real, () => 'all'),
    logits(ids, real) {
      const dense = linear(scope.at('head').at('dense'))
      const act = ACTIVATIONS[config.classifierActivation]
      const norm = layerNorm(scope.at('head').at('norm'), config.normEps)
      const drop = scope.at('drop').dropout()
      const classify = linear(scope.at('classifier'))
      const h = read(ids, real, layer => outputOf(config, layer))
      const pooled = config.pooling === 'cls' ? firstTokens(h) : meanTokens(h, real) // (B, C)
      return classify(drop(norm(act(dense(pooled))))) as Tensor2D // (B, L)
    },
  }
}

/** cos and sin of the positions of T tokens, each (T, D / 2). */
interface Angles {
  readonly cos: Tensor
  readonly sin: Tensor
}

function anglesOf(options: Rope, ids: Tensor2D): Angles {
  const [, T] = ids.shape
  const {rotary, longAbove = T} = rotaryOf(options)
  const {cos, sin} = rotary(0, T, {long: T > longAbove})
  const shape: [number, number] = [T, options.size / 2]
  return {cos: tf.tensor2d(cos, shape), sin: tf.tensor2d(sin, shape)}
}

function embeddings(scope: Scope, {normEps, padding}: ModernBertConfig) {
  const tokens = scope.at('tok_embeddings').matrix('weight') // (V, C)
  const norm = layerNorm(scope.at('norm'), normEps)
  const drop = scope.at('drop').dropout()
  return (ids: Tensor2D) => drop(norm(embed(tokens, ids, padding)))
}

interface BlockOptions {
  readonly layer: number
  readonly output: TokensToOutput
}

function block(scope: Scope, config: ModernBertConfig, {layer, output}: BlockOptions) {
  const norm1: Layer = layer === 0 ? x => x : layerNorm(scope.at('attn_norm'), config.normEps) // embeddings are normed
  const mix = attention(scope.at('attn'), config, {layer, output})
  const norm2 = layerNorm(scope.at('mlp_norm'), config.normEps)
  const feed = mlp(scope.at('mlp'), config)

  return (x: Tensor, mask: Tensor, angles: Angles) => {
    const h = tf.add(takeTokens(x, output), mix(norm1(x), mask, angles))
    return tf.add(h, feed(norm2(h)))
  }
}

/** Attention to the tokens within the layer's window: x (B, T, C) → (B, T, C), or (B, 1, C) of the first tokens. */
function attention(scope: Scope, {heads, headSize: D, ...config}: ModernBertConfig, {layer, output}: BlockOptions) {
  const qkv = linear(scope.at('Wqkv'))
  const o = linear(scope.at('Wo'))
  const dropout = scope.at('dropout').dropout()
  const drop = scope.at('out_drop').dropout()
  const window = windowOf(config.window, layer)

  return (x: Tensor, mask: Tensor, {cos, sin}: Angles) => {
    const [q, k, values] = tf.split(qkv(x), 3, -1).map(part => splitHeads(part, heads)) // (B, H, T, D)
    const [rotated, keys] = [rotate(q, cos, sin), rotate(k, cos, sin)]
    const queries = output === 'all' ? rotated : tf.slice(rotated, [0, 0, 0, 0], [x.shape[0], heads, 1, D])
    return drop(o(mergeHeads(attend(queries, keys, values, {window, mask, dropout}))))
  }
}

/** D (act(G x) · U x) */
function mlp(scope: Scope, {activation}: ModernBertConfig): Layer {
  const widen = linear(scope.at('Wi'))
  const drop = scope.at('drop').dropout()
  const narrow = linear(scope.at('Wo'))
  return x => {
    const [gate, up] = tf.split(widen(x), 2, -1)
    return narrow(drop(tf.mul(ACTIVATIONS[activation](gate), up)))
  }
}
