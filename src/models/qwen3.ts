// Qwen3 (Qwen Team 2025), the dense models: the form of LLaMA, with RMS norms on each head's queries and keys.

import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import type {Architecture} from './model.ts'
import {readQwenWindow} from './qwen2.ts'

export const qwen3: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {biased: config.attentionBias ? 'QKVO' : '', qkNorm: 'each head'})
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  return {
    ...readGatedConfig(json, (_, heads) => ({
      kvHeads: json.num_key_value_heads === null ? heads : 32,
      headSize: 128,
    })),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    window: readQwenWindow(json),
    attentionBias: read.boolean('attention_bias', false),
  }
}
