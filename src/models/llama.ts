// LLaMA (Touvron et al. 2023), versions 1 to 3, and models of the same form.
// Shapes: B batch, T tokens, C hidden size, H heads, K key/value heads, D head size, V vocabulary.
import {Fault} from '../base/fault.ts'
import type {Shape} from '../engine/program.ts'
import {attention as attend, attendPast} from '../tensor/attention.ts'
import {rotate, silu} from '../tensor/fused.ts'
import type {Tensor} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import type {CacheShape, CausalLM} from './causal-lm.ts'
import {type ModelConfig, reader} from './config.ts'
import {causalLM, type DecoderBlock, type PastKeyValues, type Rotary} from './decoder.ts'
import {embed, linear, mergeHeads, rmsNorm, splitHeads} from './layers.ts'
import type {Architecture} from './model.ts'
import {type RopeScaling, readRopeScaling, readRopeTheta, rotaryAngles} from './rotary.ts'
import type {Scope} from './scope.ts'

export const llama: Architecture = {
  linears: {
    Q: 'self_attn.q_proj',
    K: 'self_attn.k_proj',
    V: 'self_attn.v_proj',
    O: 'self_attn.o_proj',
    G: 'mlp.gate_proj',
    U: 'mlp.up_proj',
    D: 'mlp.down_proj',
  },
  open(json) {
    const config = readConfig(json)
    return {
      task: 'causal-lm',
      shapes: shapes(config),
      cache: cacheShape(config),
      build: scope => build(scope, config),
    }
  },
}

interface LlamaConfig {
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabulary: number
  readonly normEps: number
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling | undefined
  readonly attentionBias: boolean
  readonly mlpBias: boolean
  readonly tied: boolean
}

export function readConfig(json: ModelConfig): LlamaConfig {
  const read = reader(json)
  const hiddenSize = read.integer('hidden_size')
  const heads = read.integer('num_attention_heads')
  const kvHeads = read.integer('num_key_value_heads', heads)
  const headSize = read.integer('head_dim', hiddenSize / heads)
  if (heads % kvHeads) {
    throw new Fault(
      'input',
      `config.json: num_attention_heads must be a multiple of ${kvHeads} key heads, not ${heads}`,
    )
  }
  if (headSize % 2) throw new Fault('input', `config.json: head_dim must be even, not ${headSize}`)
  read.oneOf('hidden_act', ['silu'], 'silu')
  return {
    hiddenSize,
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    heads,
    kvHeads,
    headSize,
    vocabulary: read.integer('vocab_size'),
    normEps: read.number('rms_norm_eps', 1e-6),
    ropeTheta: readRopeTheta(json),
    ropeScaling: readRopeScaling(json),
    attentionBias: read.boolean('attention_bias', false),
    mlpBias: read.boolean('mlp_bias', false),
    tied: read.boolean('tie_word_embeddings', false),
  }
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: LlamaConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F, heads, kvHeads, headSize: D, vocabulary: V} = config
  const all: Record<string, Shape> = {'model.embed_tokens.weight': [V, C]}
  const linear = (path: string, out: number, into: number, bias: boolean) => {
    all[`${path}.weight`] = [out, into]
    if (bias) all[`${path}.bias`] = [out]
  }
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    all[`${layer}.input_layernorm.weight`] = [C]
    linear(`${layer}.self_attn.q_proj`, heads * D, C, config.attentionBias)
    linear(`${layer}.self_attn.k_proj`, kvHeads * D, C, config.attentionBias)
    linear(`${layer}.self_attn.v_proj`, kvHeads * D, C, config.attentionBias)
    linear(`${layer}.self_attn.o_proj`, C, heads * D, config.attentionBias)
    all[`${layer}.post_attention_layernorm.weight`] = [C]
    linear(`${layer}.mlp.gate_proj`, F, C, config.mlpBias)
    linear(`${layer}.mlp.up_proj`, F, C, config.mlpBias)
    linear(`${layer}.mlp.down_proj`, C, F, config.mlpBias)
  }
  all['model.norm.weight'] = [C]
  if (!config.tied) all['lm_head.weight'] = [V, C]
  return all
}

const cacheShape = (config: LlamaConfig): CacheShape => ({
  layers: config.layers,
  kvHeads: config.kvHeads,
  headSize: config.headSize,
  vocabulary: config.vocabulary,
  rotary: (from, count) =>
    rotaryAngles(from, count, {size: config.headSize, theta: config.ropeTheta, scaling: config.ropeScaling}),
})

function attention(scope: Scope, config: LlamaConfig) {
  const q = linear(scope.at('q_proj'))
  const k = linear(scope.at('k_proj'))
  const v = linear(scope.at('v_proj'))
  const o = linear(scope.at('o_proj'))

  return (x: Tensor, {cos, sin}: Rotary, mask?: Tensor, past?: PastKeyValues) => {
    const queries = rotate(splitHeads(q(x), config.heads), cos, sin) // (B, H, T, D)
    const keys = rotate(splitHeads(k(x), config.kvHeads), cos, sin) // (B, K, T, D)
    const values = splitHeads(v(x), config.kvHeads)
    const mixed = past ? attendPast(queries, keys, values, past) : attend(queries, keys, values, {causal: true, mask})
    return {y: o(mergeHeads(mixed)), keys, values}
  }
}

function mlp(scope: Scope) {
  const gate = linear(scope.at('gate_proj'))
  const up = linear(scope.at('up_proj'))
  const down = linear(scope.at('down_proj'))
  return (x: Tensor) => down(tf.mul(silu(gate(x)), up(x)))
}

function block(scope: Scope, config: LlamaConfig): DecoderBlock {
  const norm1 = rmsNorm(scope.at('input_layernorm'), config.normEps)
  const mix = attention(scope.at('self_attn'), config)
  const norm2 = rmsNorm(scope.at('post_attention_layernorm'), config.normEps)
  const feed = mlp(scope.at('mlp'))

  return (x, rotary, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotary, mask, past)
    const h = tf.add(x, y)
    return {h: tf.add(h, feed(norm2(h))), cache}
  }
}

function build(scope: Scope, config: LlamaConfig): CausalLM {
  const model = scope.at('model')
  const embedding = model.at('embed_tokens').matrix('weight') // (V, C)
  const layers = Array.from({length: config.layers}, (_, i) => model.at('layers').at(i))
  const norm = rmsNorm(model.at('norm'), config.normEps)
  const head = config.tied ? embedding : scope.at('lm_head').matrix('weight') // (V, C)

  return causalLM({
    layers,
    block: scope => block(scope, config),
    embedded: ids => embed(embedding, ids),
    norm,
    head,
    angles: cacheShape(config).rotary,
  })
}
