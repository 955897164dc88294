// GPT-NeoX (Black et al. 2022), the form of Pythia (Biderman et al. 2023).
// Shapes: B batch, T tokens, C hidden size, H heads, D head size, R rotated entries of a head, V vocabulary.
import type {Shape} from '../engine/program.ts'
import {attendCausal, type PastKeyValues} from '../tensor/attention.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import {type CacheShape, type CausalLM, causalLM, type DecoderBlock} from './causal-lm.ts'
import {type ModelConfig, reader, readHeadSize, readWidth} from './config.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from './layers/activations.ts'
import {embed, type Layer, layerNorm, linear, mergeHeads, splitHeads} from './layers/layers.ts'
import {readRope} from './layers/rope-config.ts'
import {rotaryOf} from './layers/rotary.ts'
import {activeSites, type DropoutSite, type Scope, weightAndBias} from './layers/scope.ts'
import type {Architecture} from './model.ts'
import type {Rotate} from './rotation.ts'

export const gptNeox: Architecture = {
  linears: {
    QKV: 'attention.query_key_value', // all three in one
    O: 'attention.dense',
    U: 'mlp.dense_h_to_4h',
    D: 'mlp.dense_4h_to_h',
  },
  open(json) {
    const config = readConfig(json)
    return {
      task: 'causal-lm',
      shapes: shapes(config),
      prefix: 'gpt_neox',
      tied: {embedding: 'gpt_neox.embed_in.weight', head: 'embed_out.weight'},
      newer: {head: ['embed_out', 'lm_head']}, // in transformers since 5.24
      cache: cacheShape(config),
      drops: (B, T) => activeSites(drops(config, B, T)),
      build: scope => build(scope, config),
    }
  },
}

type GptNeoxConfig = ReturnType<typeof readConfig>

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  const width = readWidth(read)
  return {
    ...width,
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    vocabulary: read.integer('vocab_size'),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu'),
    normEps: read.positive('layer_norm_eps', 1e-5),
    rope: readRope(json, readHeadSize(read, width), {theta: ['rotary_emb_base', 10000], share: ['rotary_pct', 0.25]}),
    parallel: read.boolean('use_parallel_residual', true),
    attentionBias: read.boolean('attention_bias', true),
    tied: read.boolean('tie_word_embeddings', false),
    dropout: {hidden: read.rate('hidden_dropout', 0), attention: read.rate('attention_dropout', 0)},
  }
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: GptNeoxConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F, vocabulary: V} = config
  const all: Record<string, Shape> = {'gpt_neox.embed_in.weight': [V, C]}
  const pair = (path: string, weight: Shape, biased = true) => Object.assign(all, weightAndBias(path, weight, biased))
  for (let i = 0; i < config.layers; i++) {
    const layer = `gpt_neox.layers.${i}`
    pair(`${layer}.input_layernorm`, [C])
    pair(`${layer}.post_attention_layernorm`, [C])
    pair(`${layer}.attention.query_key_value`, [3 * C, C], config.attentionBias)
    pair(`${layer}.attention.dense`, [C, C], config.attentionBias)
    pair(`${layer}.mlp.dense_h_to_4h`, [F, C])
    pair(`${layer}.mlp.dense_4h_to_h`, [C, F])
  }
  pair('gpt_neox.final_layer_norm', [C])
  if (!config.tied) all['embed_out.weight'] = [V, C]
  return all
}

/** The dropout layers, while training on B × T tokens. */
function drops({dropout, ...config}: GptNeoxConfig, B: number, T: number): Record<string, DropoutSite> {
  const hidden: DropoutSite = {rate: dropout.hidden, shape: [B * T, config.hiddenSize]}
  const all: Record<string, DropoutSite> = {'gpt_neox.emb_dropout': hidden}
  for (let i = 0; i < config.layers; i++) {
    const layer = `gpt_neox.layers.${i}`
    all[`${layer}.attention.dropout`] = {rate: dropout.attention, shape: [B * config.heads * T, T]}
    all[`${layer}.post_attention_dropout`] = hidden
    all[`${layer}.post_mlp_dropout`] = hidden
  }
  return all
}

const cacheShape = (config: GptNeoxConfig): CacheShape => ({
  layers: config.layers,
  kvHeads: config.heads,
  headSize: config.hiddenSize / config.heads,
  vocabulary: config.vocabulary,
  ...rotaryOf(config.rope),
})

function build(scope: Scope, config: GptNeoxConfig): CausalLM {
  const model = scope.at('gpt_neox')
  const embedding = model.at('embed_in').matrix('weight') // (V, C)
  const drop = model.at('emb_dropout').dropout()
  return causalLM(cacheShape(config), {
    layers: model.at('layers'),
    block: scope => block(scope, config),
    embedded: ids => drop(embed(embedding, ids)),
    norm: layerNorm(model.at('final_layer_norm'), config.normEps),
    head: config.tied ? embedding : scope.at('embed_out').matrix('weight'), // (V, C)
  })
}

function block(scope: Scope, config: GptNeoxConfig): DecoderBlock {
  const norm1 = layerNorm(scope.at('input_layernorm'), config.normEps)
  const mix = attention(scope.at('attention'), config)
  const norm2 = layerNorm(scope.at('post_attention_layernorm'), config.normEps)
  const feed = mlp(scope.at('mlp'), config)
  const [dropMixed, dropFed] = ['attention', 'mlp'].map(name => scope.at(`post_${name}_dropout`).dropout())

  return (x, rotate, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotate, mask, past)
    const h = tf.add(x, dropMixed(y))
    return {h: tf.add(h, dropFed(feed(norm2(config.parallel ? x : h)))), cache}
  }
}

function attention(scope: Scope, config: GptNeoxConfig) {
  const qkv = linear(scope.at('query_key_value'))
  const dense = linear(scope.at('dense'))
  const dropout = scope.at('dropout').activeDropout()

  return (x: Tensor, rotate: Rotate, mask?: Tensor, past?: PastKeyValues) => {
    const heads = splitHeads(qkv(x), config.heads) // (B, H, T, 3 D): a head's query, key and value lie together
    const [q, k, values] = tf.split(heads, 3, -1) // (B, H, T, D)
    const [queries, keys] = [rotate(q), rotate(k)]
    const mixed = attendCausal({q: queries, k: keys, v: values}, {past, mask, dropout})
    return {y: dense(mergeHeads(mixed)), keys, values}
  }
}

function mlp(scope: Scope, config: GptNeoxConfig): Layer {
  const up = linear(scope.at('dense_h_to_4h'))
  const down = linear(scope.at('dense_4h_to_h'))
  const activate = ACTIVATIONS[config.activation]
  return x => down(activate(up(x)))
}
