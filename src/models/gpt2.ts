// GPT-2 (Radford et al. 2019): learned positions, and linear layers whose weights are stored as (in, out).
// Shapes: B batch, T tokens, C hidden size, F intermediate size, H heads, D head size, L positions, V vocabulary.
import type {Shape} from '../engine/program.ts'
import {attendCausal, type PastKeyValues} from '../tensor/attention.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import {type CacheShape, type CausalLM, causalLM, type DecoderBlock} from './causal-lm.ts'
import {type ModelConfig, ownKeys, reader} from './config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from './layers/activations.ts'
import {embed, firstRows, type Layer, layerNorm, mergeHeads, splitHeads, transposedLinear} from './layers/layers.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from './layers/scope.ts'
import type {Architecture} from './model.ts'

export const gpt2: Architecture = {
  linears: {
    QKV: 'attn.c_attn', // all three in one
    O: 'attn.c_proj',
    U: 'mlp.c_fc',
    D: 'mlp.c_proj',
  },
  open(json) {
    const config = readConfig(json)
    const {layers, heads: kvHeads, headSize, vocabulary} = config
    const cache: CacheShape = {layers, kvHeads, headSize, vocabulary}
    return {
      task: 'causal-lm',
      shapes: shapes(config),
      prefix: 'transformer',
      tied: {embedding: 'transformer.wte.weight', head: 'lm_head.weight'},
      transposed: Object.values(gpt2.linears),
      longest: config.positions,
      cache,
      // as in transformers: each block adds two outputs to the residual stream
      initial: {scale: name => (name.endsWith('.c_proj.weight') ? (2 * layers) ** -0.5 : 1)},
      drops: (B, T) => activeSites(drops(config, B, T)),
      build: scope => build(scope, config, cache),
    }
  },
}

type Gpt2Config = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig) {
  const read = reader(ownKeys(json, NAMES))
  const hiddenSize = read.integer('n_embd', 768)
  const heads = read.integer('n_head', 12)
  read.check(hiddenSize % heads === 0, `n_embd must be a multiple of ${heads} heads, not ${hiddenSize}`)
  read.check(!read.boolean('add_cross_attention', false), 'add_cross_attention must be false, not true')
  return {
    hiddenSize,
    intermediateSize: read.integer('n_inner', 4 * hiddenSize),
    layers: read.integer('n_layer', 12),
    heads,
    headSize: reader({head_dim: hiddenSize / heads}).integer('head_dim'),
    positions: read.integer('n_positions', 1024),
    vocabulary: read.integer('vocab_size', 50257),
    activation: read.oneOf('activation_function', ACTIVATION_NAMES, 'gelu_new'),
    normEps: read.positive('layer_norm_epsilon', 1e-5),
    scaled: read.boolean('scale_attn_weights', true),
    scaledByLayer: read.boolean('scale_attn_by_inverse_layer_idx', false),
    tied: read.boolean('tie_word_embeddings', true),
    dropout: {
      embedding: read.rate('embd_pdrop', 0.1),
      attention: read.rate('attn_pdrop', 0.1),
      residual: read.rate('resid_pdrop', 0.1),
    },
  }
}

const NAMES = {
  hidden_size: 'n_embd',
  max_position_embeddings: 'n_positions',
  num_attention_heads: 'n_head',
  num_hidden_layers: 'n_layer',
} as const

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: Gpt2Config): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F, positions: L, vocabulary: V} = config
  const all: Record<string, Shape> = {'transformer.wte.weight': [V, C], 'transformer.wpe.weight': [L, C]}
  const linear = (path: string, into: number, out: number) => {
    all[`${path}.weight`] = [into, out]
    all[`${path}.bias`] = [out]
  }
  const norm = (path: string) => Object.assign(all, weightAndBias(path, [C]))
  for (let i = 0; i < config.layers; i++) {
    const layer = `transformer.h.${i}`
    norm(`${layer}.ln_1`)
    linear(`${layer}.attn.c_attn`, C, 3 * C)
    linear(`${layer}.attn.c_proj`, C, C)
    norm(`${layer}.ln_2`)
    linear(`${layer}.mlp.c_fc`, C, F)
    linear(`${layer}.mlp.c_proj`, F, C)
  }
  norm('transformer.ln_f')
  if (!config.tied) all['lm_head.weight'] = [V, C]
  return all
}

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: Gpt2Config, B: number, T: number): Record<string, DropoutSite> {
  const {hiddenSize: C, heads: H} = config
  const all: Record<string, DropoutSite> = {'transformer.drop': {rate: dropout.embedding, shape: [B * T, C]}}
  for (let i = 0; i < config.layers; i++) {
    const layer = `transformer.h.${i}`
    all[`${layer}.attn.attn_dropout`] = {rate: dropout.attention, shape: [B * H * T, T]}
    all[`${layer}.attn.resid_dropout`] = {rate: dropout.residual, shape: [B * T, C]}
    all[`${layer}.mlp.dropout`] = {rate: dropout.residual, shape: [B * T, C]}
  }
  return all
}

function build(scope: Scope, config: Gpt2Config, cache: CacheShape): CausalLM {
  const model = scope.at('transformer')
  const embedding = model.at('wte').matrix('weight') // (V, C)
  const positions = model.at('wpe').matrix('weight') // (L, C)
  const drop = model.at('drop').dropout()
  const located = (T: number, positionsOf?: () => Tensor2D) =>
    positionsOf ? embed(positions, positionsOf()) : firstRows(positions, T)
  return causalLM(cache, {
    layers: model.at('h'),
    block: (scope, layer) => block(scope, config, layer),
    embedded: (ids, positionsOf) => drop(tf.add(embed(embedding, ids), located(ids.shape[1], positionsOf))),
    norm: layerNorm(model.at('ln_f'), config.normEps),
    head: config.tied ? embedding : scope.at('lm_head').matrix('weight'), // (V, C)
  })
}

function block(scope: Scope, config: Gpt2Config, layer: number): DecoderBlock {
  const norm1 = layerNorm(scope.at('ln_1'), config.normEps)
  const mix = attention(scope.at('attn'), config, layer)
  const norm2 = layerNorm(scope.at('ln_2'), config.normEps)
  const feed = mlp(scope.at('mlp'), config)

  return (x, _, mask, past) => {
    const {y, ...cache} = mix(norm1(x), mask, past)
    const h = tf.add(x, y)
    return {h: tf.add(h, feed(norm2(h))), cache}
  }
}

/** Attention of the layer with this index: x (B, T, C) → y (B, T, C). */
function attention(scope: Scope, config: Gpt2Config, layer: number) {
  const qkv = transposedLinear(scope.at('c_attn'))
  const project = transposedLinear(scope.at('c_proj'))
  const dropout = scope.at('attn_dropout').activeDropout()
  const drop = scope.at('resid_dropout').dropout()
  const {heads, headSize} = config
  const scale = (config.scaled ? 1 : Math.sqrt(headSize)) / (config.scaledByLayer ? layer + 1 : 1) // besides 1 / √D

  return (x: Tensor, mask?: Tensor, past?: PastKeyValues) => {
    const [q, keys, values] = tf.split(qkv(x), 3, -1).map(part => splitHeads(part, heads)) // (B, H, T, D)
    const queries = scale === 1 ? q : tf.mul(q, scale)
    const mixed = attendCausal({q: queries, k: keys, v: values}, {past, mask, dropout})
    return {y: drop(project(mergeHeads(mixed))), keys, values}
  }
}

function mlp(scope: Scope, config: Gpt2Config): Layer {
  const up = transposedLinear(scope.at('c_fc'))
  const down = transposedLinear(scope.at('c_proj'))
  const activate = ACTIVATIONS[config.activation]
  const drop = scope.at('dropout').dropout()
  return x => drop(down(activate(up(x))))
}
