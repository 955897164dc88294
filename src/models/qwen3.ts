// Qwen3 (Qwen Team 2025), the dense models: the form of LLaMA, with RMS norms on each head's queries and keys.
// Shapes: B batch, T tokens, C hidden size, V vocabulary.
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
import {embed, rmsNorm} from './layers.ts'
import type {Architecture} from './model.ts'
import {refuseWindows} from './qwen2.ts'
import type {Scope} from './scope.ts'

export const qwen3: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return {
      task: 'causal-lm',
      ...gatedLayout(config, {biased: config.attentionBias ? 'QKVO' : '', headNorms: true}),
      cache: gatedCache(config),
      build: scope => build(scope, config),
    }
  },
}

interface Qwen3Config extends GatedConfig {
  readonly activation: Activation
  readonly attentionBias: boolean
}

export function readConfig(json: ModelConfig): Qwen3Config {
  const read = reader(json)
  refuseWindows(json)
  return {
    ...readGatedConfig(json, (_, heads) => ({
      kvHeads: json.num_key_value_heads === null ? heads : 32,
      headSize: 128,
      tied: false,
    })),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    attentionBias: read.boolean('attention_bias', false),
  }
}

function block(scope: Scope, config: Qwen3Config): DecoderBlock {
  const norm1 = rmsNorm(scope.at('input_layernorm'), config.normEps)
  const mix = groupedAttention(scope.at('self_attn'), config, {
    queries: rmsNorm(scope.at('self_attn').at('q_norm'), config.normEps),
    keys: rmsNorm(scope.at('self_attn').at('k_norm'), config.normEps),
  })
  const norm2 = rmsNorm(scope.at('post_attention_layernorm'), config.normEps)
  const feed = gatedMlp(scope.at('mlp'), ACTIVATIONS[config.activation])

  return (x, rotary, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotary, mask, past)
    const h = tf.add(x, y)
    return {h: tf.add(h, feed(norm2(h))), cache}
  }
}

function build(scope: Scope, config: Qwen3Config): CausalLM {
  const model = scope.at('model')
  const embedding = model.at('embed_tokens').matrix('weight') // (V, C)
  return causalLM(gatedCache(config), {
    layers: model.at('layers'),
    block: scope => block(scope, config),
    embedded: ids => embed(embedding, ids),
    norm: rmsNorm(model.at('norm'), config.normEps),
    head: config.tied ? embedding : scope.at('lm_head').matrix('weight'), // (V, C)
  })
}
