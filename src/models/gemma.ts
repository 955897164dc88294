// Gemma, version 1 (Gemma Team, Google 2024): 2B has one key head for all query heads, 7B has one for each.
// Shapes: B batch, T tokens, C hidden size, V vocabulary.
import * as fused from '../tensor/fused.ts'
import * as tf from '../tensor/tf.ts'
import {ACTIVATION_NAMES, ACTIVATIONS, type Activation} from './activations.ts'
import {type CausalLM, causalLM, type DecoderBlock} from './causal-lm.ts'
import {type ModelConfig, reader} from './config.ts'
import {
  GATED_LINEARS,
  type GatedConfig,
  gatedCache,
  gatedLayout,
  gatedMlp,
  groupedAttention,
  readGatedConfig,
} from './gated-decoder.ts'
import {embed, type Layer} from './layers.ts'
import type {Architecture} from './model.ts'
import type {Scope} from './scope.ts'

export const gemma: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return {
      task: 'causal-lm',
      ...gatedLayout(config, {biased: config.attentionBias ? 'QKVO' : ''}),
      cache: gatedCache(config),
      build: scope => build(scope, config),
    }
  },
}

interface GemmaConfig extends GatedConfig {
  readonly activation: Activation
  readonly attentionBias: boolean
}

export function readConfig(json: ModelConfig): GemmaConfig {
  const read = reader(json)
  read.check(!read.boolean('use_bidirectional_attention', false), 'use_bidirectional_attention must be false, not true')
  return {
    ...readGatedConfig(json, () => ({kvHeads: 16, headSize: 256, tied: true})),
    activation: readActivation(json),
    attentionBias: read.boolean('attention_bias', false),
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

/** RMS norm whose checkpoint stores the gain minus 1. */
function rmsNorm(scope: Scope, eps: number): Layer {
  const excess = scope.vector('weight')
  return x => fused.rmsNorm(x, tf.add(excess, 1), eps)
}

function block(scope: Scope, config: GemmaConfig): DecoderBlock {
  const norm1 = rmsNorm(scope.at('input_layernorm'), config.normEps)
  const mix = groupedAttention(scope.at('self_attn'), config)
  const norm2 = rmsNorm(scope.at('post_attention_layernorm'), config.normEps)
  const feed = gatedMlp(scope.at('mlp'), ACTIVATIONS[config.activation])

  return (x, rotary, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotary, mask, past)
    const h = tf.add(x, y)
    return {h: tf.add(h, feed(norm2(h))), cache}
  }
}

function build(scope: Scope, config: GemmaConfig): CausalLM {
  const model = scope.at('model')
  const embedding = model.at('embed_tokens').matrix('weight') // (V, C)
  return causalLM(gatedCache(config), {
    layers: model.at('layers'),
    block: scope => block(scope, config),
    // Rows of the embedding are scaled for the layers, not for the head that shares it.
    embedded: ids => tf.mul(embed(embedding, ids), Math.sqrt(config.hiddenSize)),
    norm: rmsNorm(model.at('norm'), config.normEps),
    head: config.tied ? embedding : scope.at('lm_head').matrix('weight'), // (V, C)
  })
}
