// Qwen2 and Qwen2.5 (Qwen Team 2024): the form of LLaMA, with biases on queries, keys and values.
import {quote} from '../base/quote.ts'
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES, ACTIVATIONS} from './layers/activations.ts'
import {rmsNorm} from './layers/layers.ts'
import type {Architecture} from './model.ts'

export const qwen2: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {biased: 'QKV', norm: rmsNorm, activate: ACTIVATIONS[config.activation]})
  },
}

export function readConfig(json: ModelConfig) {
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
