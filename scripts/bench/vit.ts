// ViT (Dosovitskiy et al. 2021) as transformers' ViTForImageClassification computes it, for timing: the patch embedding is
// a product, its weight flat, and so are the class token and the positions.
// Shapes: B batch, P patches a side, T = 1 + P² tokens, C hidden size, H heads, D head size, L labels.
import type {Named, Shape} from '../../src/engine/program.ts'
import {type Layer, linear, mergeHeads, splitHeads} from '../../src/models/layers.ts'
import type {Scope} from '../../src/models/scope.ts'
import {attention as attend} from '../../src/tensor/attention.ts'
import {linearCrossEntropy} from '../../src/tensor/cross-entropy.ts'
import {gelu, layerNorm as normalise} from '../../src/tensor/fused.ts'
import {expand} from '../../src/tensor/gradients.ts'
import type {Scalar, Tensor, Tensor1D, Tensor2D} from '../../src/tensor/tf.ts'
import * as tf from '../../src/tensor/tf.ts'

export interface VitConfig {
  readonly image: number
  readonly patch: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly labels: number
}

export const vitTokens = ({image, patch}: VitConfig) => 1 + (image / patch) ** 2

export function vitShapes(config: VitConfig): Named<Shape> {
  const {patch, hiddenSize: C, intermediateSize: F} = config
  const all: Record<string, Shape> = {}
  const pair = (path: string, ...weight: number[]) => {
    all[`${path}.weight`] = weight
    all[`${path}.bias`] = [weight[0]]
  }
  all['vit.embeddings.cls_token'] = [1, C]
  all['vit.embeddings.position_embeddings'] = [vitTokens(config), C]
  pair('vit.embeddings.patch_embeddings.projection', C, 3 * patch * patch)
  for (let i = 0; i < config.layers; i++) {
    const layer = `vit.encoder.layer.${i}`
    pair(`${layer}.layernorm_before`, C)
    for (const name of ['query', 'key', 'value']) pair(`${layer}.attention.attention.${name}`, C, C)
    pair(`${layer}.attention.output.dense`, C, C)
    pair(`${layer}.layernorm_after`, C)
    pair(`${layer}.intermediate.dense`, F, C)
    pair(`${layer}.output.dense`, C, F)
  }
  pair('vit.layernorm', C)
  pair('classifier', config.labels, C)
  return all
}

/** Mean cross-entropy: pixels (B, 3, image, image) and labels int32 (B) → a scalar. */
export function vitLoss(scope: Scope, config: VitConfig): (pixels: Tensor, labels: Tensor1D) => Scalar {
  const vit = scope.at('vit')
  const read = embed(vit.at('embeddings'), config)
  const layers = Array.from({length: config.layers}, (_, i) => vit.at('encoder').at('layer').at(i))
  const blocks = layers.map(layer => layer.block(scope => block(scope, config)))
  const norm = layerNorm(vit.at('layernorm'))
  const head = scope.at('classifier')
  const column = tf.reshape(head.vector('bias'), [config.labels, 1])
  const W = tf.concat([head.matrix('weight'), column], 1) as Tensor2D // (L, C + 1), which reads a 1 behind each row

  return (pixels, labels) => {
    const h = blocks.reduce((x, next) => next(x), read(pixels)) // (B, T, C)
    const [B, , C] = h.shape
    const first = tf.reshape(norm(tf.slice(h, [0, 0, 0], [B, 1, C])), [B, C])
    return linearCrossEntropy(tf.concat([first, tf.ones([B, 1])], 1) as Tensor2D, W, labels)
  }
}

function embed(scope: Scope, {image, patch, hiddenSize: C}: VitConfig): Layer {
  const project = linear(scope.at('patch_embeddings').at('projection'))
  const token = scope.matrix('cls_token')
  const positions = scope.matrix('position_embeddings')

  return pixels => {
    const B = pixels.shape[0]
    const P = image / patch
    const grid = tf.transpose(tf.reshape(pixels, [B, 3, P, patch, P, patch]), [0, 2, 4, 1, 3, 5])
    const patches = project(tf.reshape(grid, [B, P * P, 3 * patch * patch])) // (B, P², C)
    const firsts = expand(tf.reshape(token, [1, 1, C]), [B, 1, C])
    return tf.add(tf.concat([firsts, patches], 1), positions) // (B, T, C)
  }
}

function block(scope: Scope, config: VitConfig): Layer {
  const norm1 = layerNorm(scope.at('layernorm_before'))
  const mix = attention(scope.at('attention'), config)
  const norm2 = layerNorm(scope.at('layernorm_after'))
  const up = linear(scope.at('intermediate').at('dense'))
  const down = linear(scope.at('output').at('dense'))

  return x => {
    const h = tf.add(x, mix(norm1(x)))
    return tf.add(h, down(gelu(up(norm2(h)))))
  }
}

function attention(scope: Scope, {heads}: VitConfig): Layer {
  const q = linear(scope.at('attention').at('query'))
  const k = linear(scope.at('attention').at('key'))
  const v = linear(scope.at('attention').at('value'))
  const o = linear(scope.at('output').at('dense'))
  return x => o(mergeHeads(attend(splitHeads(q(x), heads), splitHeads(k(x), heads), splitHeads(v(x), heads))))
}

function layerNorm(scope: Scope): Layer {
  const gain = scope.vector('weight')
  const bias = scope.vector('bias')
  return x => normalise(x, gain, bias, 1e-12)
}
