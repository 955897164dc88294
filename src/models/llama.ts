// LLaMA (Touvron et al. 2023), versions 1 to 3, and models of the same form.
// Shapes: B batch, T tokens, C hidden size, V vocabulary.
import {silu} from '../tensor/fused.ts'
import * as tf from '../tensor/tf.ts'
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
import type {Scope} from './scope.ts'

export const llama: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    const biased = `${config.attentionBias ? 'QKVO' : ''}${config.mlpBias ? 'GUD' : ''}`
    return {
      task: 'causal-lm',
      ...gatedLayout(config, {biased}),
      cache: gatedCache(config),
      build: scope => build(scope, config),
    }
  },
}

interface LlamaConfig extends GatedConfig {
  readonly attentionBias: boolean
  readonly mlpBias: boolean
}

export function readConfig(json: ModelConfig): LlamaConfig {
  const read = reader(json)
  read.oneOf('hidden_act', ['silu'], 'silu')
  return {
    ...readGatedConfig(json, (hiddenSize, heads) => ({kvHeads: heads, headSize: hiddenSize / heads, tied: false})),
    attentionBias: read.boolean('attention_bias', false),
    mlpBias: read.boolean('mlp_bias', false),
  }
}

function block(scope: Scope, config: LlamaConfig): DecoderBlock {
  const norm1 = rmsNorm(scope.at('input_layernorm'), config.normEps)
  const mix = groupedAttention(scope.at('self_attn'), config)
  const norm2 = rmsNorm(scope.at('post_attention_layernorm'), config.normEps)
  const feed = gatedMlp(scope.at('mlp'), silu)

  return (x, rotary, mask, past) => {
    const {y, ...cache} = mix(norm1(x), rotary, mask, past)
    const h = tf.add(x, y)
    return {h: tf.add(h, feed(norm2(h))), cache}
  }
}

function build(scope: Scope, config: LlamaConfig): CausalLM {
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
