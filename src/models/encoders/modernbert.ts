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
import {firstAngles, rotaryOf} from '../layers/rotary.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from '../layers/scope.ts'
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
  const pair = (path: string, weight: Shape, biased = true) => Object.assign(all, weightAndBias(path, weight, biased))
  pair('model.embeddings.norm', [C], biases.norm)
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    if (i > 0) pair(`${layer}.attn_norm`, [C], biases.norm)
    pair(`${layer}.attn.Wqkv`, [3 * C, C], biases.attention)
    pair(`${layer}.attn.Wo`, [C, C], biases.attention)
    pair(`${layer}.mlp_norm`, [C], biases.norm)
    pair(`${layer}.mlp.Wi`, [2 * F, C], biases.mlp)
    pair(`${layer}.mlp.Wo`, [C, F], biases.mlp)
  }
  pair('model.final_norm', [C], biases.norm)
  pair('head.dense', [C, C], biases.classifier)
  pair('head.norm', [C], biases.norm)
  pair('classifier', [L, C])
  return all
}

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: ModernBertConfig, B: number, T: number): Record<string, DropoutSite> {
  const {hiddenSize: C, intermediateSize: F, heads: H} = config
  const all: Record<string, DropoutSite> = {'model.embeddings.drop': {rate: dropout.embedding, shape: [B * T, C]}}
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    const read = outputOf(config, i) === 'all' ? T : 1
    all[`${layer}.attn.dropout`] = {rate: dropout.attention, shape: [B * H * read, T]}
    all[`${layer}.attn.out_drop`] = {rate: dropout.attention, shape: [B * read, C]}
    all[`${layer}.mlp.drop`] = {rate: dropout.mlp, shape: [B * read, F]}
  }
  all.drop = {rate: dropout.classifier, shape: [B, C]}
  return all
}

/** The tokens that a block computes for the classifier: the last block may compute the first ones alone. */
const outputOf = ({layers, pooling}: Pick<ModernBertConfig, 'layers' | 'pooling'>, layer: number): TokensToOutput =>
  pooling === 'cls' && layer === layers - 1 ? 1 : 'all'

function build(scope: Scope, config: ModernBertConfig): SequenceClassifier {
  const model = scope.at('model')
  const layers = Array.from({length: config.layers}, (_, i) => model.at('layers').at(i))

  function read(ids: Tensor2D, real: Tensor2D, output: (layer: number) => TokensToOutput): Tensor {
    const mask = paddingMask(real)
    const [, T] = ids.shape
    const far = firstAngles(rotaryOf(config.ropes.full), T)
    const near = firstAngles(rotaryOf(config.ropes.sliding), T)
    const blocks = layers.map((layer, i) => layer.block(scope => block(scope, config, {layer: i, output: output(i)})))
    const h = blocks.reduce(
      (h, next, i) => next(h, mask, ...(config.window?.covers(i) ? near : far)),
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

  return (x: Tensor, mask: Tensor, cos: Tensor, sin: Tensor) => {
    const h = tf.add(takeTokens(x, output), mix(norm1(x), mask, cos, sin))
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

  return (x: Tensor, mask: Tensor, cos: Tensor, sin: Tensor) => {
    const [q, k, values] = tf.split(qkv(x), 3, -1).map(part => splitHeads(part, heads)) // (B, H, T, D)
    const [rotated, keys] = [rotate(q, cos, sin), rotate(k, cos, sin)]
    const queries = output === 'all' ? rotated : tf.slice(rotated, [0, 0, 0, 0], [x.shape[0], heads, 1, D])
    return drop(o(mergeHeads(attend({q: queries, k: keys, v: values}, {window, mask, dropout}))))
  }
}

/** D (act(G x) · U x) */
function mlp(scope: Scope, {activation}: ModernBertConfig): Layer {
  const gateUp = linear(scope.at('Wi'))
  const drop = scope.at('drop').dropout()
  const down = linear(scope.at('Wo'))
  return x => {
    const [gate, up] = tf.split(gateUp(x), 2, -1)
    return down(drop(tf.mul(ACTIVATIONS[activation](gate), up)))
  }
}
