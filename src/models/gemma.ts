// Gemma, version 1 (Gemma Team, Google 2024): 2B has one key head for all query heads, 7B has one for each.
// Shapes: B batch, T tokens, C hidden size, H heads, K key/value heads, D head size, V vocabulary.
import {Fault} from '../base/fault.ts'
import type {Shape} from '../engine/program.ts'
import {attention as attend, attendPast} from '../tensor/attention.ts'
import * as fused from '../tensor/fused.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import {ACTIVATION_NAMES, ACTIVATIONS, type Activation} from './activations.ts'
import type {CacheShape, CausalLM} from './causal-lm.ts'
import {type ModelConfig, reader} from './config.ts'
import {causalLM, type DecoderBlock, type PastKeyValues, type Rotary} from './decoder.ts'
import {embed, type Layer, linear, mergeHeads, splitHeads} from './layers.ts'
import type {Architecture} from './model.ts'
import {type RopeScaling, readRopeScaling, readRopeTheta, rotaryAngles} from './rotary.ts'
import type {Scope} from './scope.ts'

export const gemma: Architecture = {
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

interface GemmaConfig {
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabulary: number
  readonly activation: Activation
  readonly normEps: number
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling | undefined
  readonly attentionBias: boolean
  readonly tied: boolean
}

export function readConfig(json: ModelConfig): GemmaConfig {
  const read = reader(json)
  const heads = read.integer('num_attention_heads')
  const kvHeads = read.integer('num_key_value_heads', 16)
  const headSize = read.integer('head_dim', 256)
  if (heads % kvHeads) {
    throw new Fault(
      'input',
      `config.json: num_attention_heads must be a multiple of ${kvHeads} key heads, not ${heads}`,
    )
  }
  if (headSize % 2) throw new Fault('input', `config.json: head_dim must be even, not ${headSize}`)
  if (read.boolean('use_bidirectional_attention', false)) {
    throw new Fault('input', 'config.json: use_bidirectional_attention must be false, not true')
  }
  return {
    hiddenSize: read.integer('hidden_size'),
    intermediateSize: read.integer('intermediate_size'),
    layers: read.integer('num_hidden_layers'),
    heads,
    kvHeads,
    headSize,
    vocabulary: read.integer('vocab_size'),
    activation: readActivation(json),
    normEps: read.number('rms_norm_eps', 1e-6),
    ropeTheta: readRopeTheta(json),
    ropeScaling: readRopeScaling(json),
    attentionBias: read.boolean('attention_bias', false),
    tied: read.boolean('tie_word_embeddings', true),
  }
}

/**
 * The activation. The published `hidden_act` is gelu and means its tanh form. A later key, `hidden_activation`, is explicit;
 * where it is null, it means the tanh form too.
 */
function readActivation(json: ModelConfig): Activation {
  if (json.hidden_activation === null) return 'gelu_pytorch_tanh'
  if (json.hidden_activation !== undefined) return reader(json).oneOf('hidden_activation', ACTIVATION_NAMES)
  const named = reader(json).oneOf('hidden_act', ACTIVATION_NAMES, 'gelu_pytorch_tanh')
  return named === 'gelu' ? 'gelu_pytorch_tanh' : named
}

/** The names and shapes of a checkpoint's tensors. */
function shapes(config: GemmaConfig): Record<string, Shape> {
  const {hiddenSize: C, intermediateSize: F, heads, kvHeads, headSize: D, vocabulary: V} = config
  const all: Record<string, Shape> = {'model.embed_tokens.weight': [V, C]}
  const attention = (path: string, out: number, into: number) => {
    all[`${path}.weight`] = [out, into]
    if (config.attentionBias) all[`${path}.bias`] = [out]
  }
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`
    all[`${layer}.input_layernorm.weight`] = [C]
    attention(`${layer}.self_attn.q_proj`, heads * D, C)
    attention(`${layer}.self_attn.k_proj`, kvHeads * D, C)
    attention(`${layer}.self_attn.v_proj`, kvHeads * D, C)
    attention(`${layer}.self_attn.o_proj`, C, heads * D)
    all[`${layer}.post_attention_layernorm.weight`] = [C]
    all[`${layer}.mlp.gate_proj.weight`] = [F, C]
    all[`${layer}.mlp.up_proj.weight`] = [F, C]
    all[`${layer}.mlp.down_proj.weight`] = [C, F]
  }
  all['model.norm.weight'] = [C]
  if (!config.tied) all['lm_head.weight'] = [V, C]
  return all
}

const cacheShape = (config: GemmaConfig): CacheShape => ({
  layers: config.layers,
  kvHeads: config.kvHeads,
  headSize: config.headSize,
  vocabulary: config.vocabulary,
  rotary: (from, count) =>
    rotaryAngles(from, count, {size: config.headSize, theta: config.ropeTheta, scaling: config.ropeScaling}),
})

/** RMS norm whose checkpoint stores the gain minus 1. */
function rmsNorm(scope: Scope, eps: number): Layer {
  const excess = scope.vector('weight')
  return x => fused.rmsNorm(x, tf.add(excess, 1), eps)
}

function attention(scope: Scope, config: GemmaConfig) {
  const q = linear(scope.at('q_proj'))
  const k = linear(scope.at('k_proj'))
  const v = linear(scope.at('v_proj'))
  const o = linear(scope.at('o_proj'))

  return (x: Tensor, {cos, sin}: Rotary, mask?: Tensor, past?: PastKeyValues) => {
    const queries = fused.rotate(splitHeads(q(x), config.heads), cos, sin) // (B, H, T, D)
    const keys = fused.rotate(splitHeads(k(x), config.kvHeads), cos, sin) // (B, K, T, D)
    const values = splitHeads(v(x), config.kvHeads)
    const mixed = past ? attendPast(queries, keys, values, past) : attend(queries, keys, values, {causal: true, mask})
    return {y: o(mergeHeads(mixed)), keys, values}
  }
}

function mlp(scope: Scope, config: GemmaConfig): Layer {
  const gate = linear(scope.at('gate_proj'))
  const up = linear(scope.at('up_proj'))
  const down = linear(scope.at('down_proj'))
  const activate = ACTIVATIONS[config.activation]
  return x => down(tf.mul(activate(gate(x)), up(x)))
}

function block(scope: Scope, config: GemmaConfig): DecoderBlock {
  const norm1 = rmsNorm(scope.at('input_layernorm'), config.normEps)
  const mix = attention(scope.at('self_attn'), config)
  const norm2 = rmsNorm(scope.at('post_attention_layernorm'), config.normEps)
  const feed = mlp(scope.at('mlp'), config)

  return (x, rotary, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotary, mask, past)
    const h = tf.add(x, y)
    return {h: tf.add(h, feed(norm2(h))), cache}
  }
}

function build(scope: Scope, config: GemmaConfig): CausalLM {
  const model = scope.at('model')
  const embedding = model.at('embed_tokens').matrix('weight') // (V, C)
  const layers = Array.from({length: config.layers}, (_, i) => model.at('layers').at(i))
  const norm = rmsNorm(model.at('norm'), config.normEps)
  const head = config.tied ? embedding : scope.at('lm_head').matrix('weight') // (V, C)

  /** Rows of the embedding are scaled for the layers, not for the head that shares it. */
  const embedded = (ids: Tensor2D) => tf.mul(embed(embedding, ids), Math.sqrt(config.hiddenSize))

  return causalLM({
    layers,
    block: scope => block(scope, config),
    embedded,
    norm,
    head,
    angles: cacheShape(config).rotary,
  })
}
