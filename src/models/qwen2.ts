// Qwen2 and Qwen2.5 (Qwen Team 2024): the form of LLaMA, with biases on queries, keys and values.
// Shapes: B batch, T tokens, C hidden size, V vocabulary.
import {quote} from '../base/quote.ts'
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
import type {Scope} from './scope.ts'

export const qwen2: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return {
      task: 'causal-lm',
      ...gatedLayout(config, {biased: 'QKV'}),
      cache: gatedCache(config),
      build: scope => build(scope, config),
    }
  },
}

interface Qwen2Config extends GatedConfig {
  readonly activation: Activation
}

export function readConfig(json: ModelConfig): Qwen2Config {
  refuseWindows(json)
  return {
    ...readGatedConfig(json, (hiddenSize, heads) => ({
      kvHeads: json.num_key_value_heads === null ? heads : 32,
      headSize: Math.floor(hiddenSize / heads),
      tied: false,
    })),
    activation: reader(json).oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
  }
}

/** Published configs have a window and do not use it. Layers that do use one, from `max_window_layers` on, are refused. */
export function refuseWindows(json: ModelConfig): void {
  const read = reader(json)
  const {layer_types: types, sliding_window: window} = json
  if (Array.isArray(types)) {
    const other = types.find(type => type !== 'full_attention')
    read.check(other === undefined, `layer_types must all be full_attention, not ${quote(other)}`)
  } else if (read.boolean('use_sliding_window', false) && window !== null) {
    read.check(
      read.count('max_window_layers', 28) >= read.integer('num_hidden_layers'),
      'use_sliding_window must be false: sliding windows are not supported',
    )
  }
}

function block(scope: Scope, config: Qwen2Config): DecoderBlock {
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

function build(scope: Scope, config: Qwen2Config): CausalLM {
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
