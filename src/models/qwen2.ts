// Qwen2 and Qwen2.5 (Qwen Team 2024): the form of LLaMA, with biases on queries, keys and values, and if used a sliding
// window in the upper layers.
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import {readAlternating, type SlidingWindow} from './layers/sliding-window.ts'
import type {Architecture} from './model.ts'

export const qwen2: Architecture = {
  linears: GATED_LINEARS,
  open: json => gatedModel(readConfig(json), {biased: 'QKV'}),
}

export function readConfig(json: ModelConfig) {
  return {
    ...readGatedConfig(json, (hiddenSize, heads) => ({
      kvHeads: json.num_key_value_heads === null ? heads : 32,
      headSize: Math.floor(hiddenSize / heads),
    })),
    activation: reader(json).oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    window: readQwenWindow(json),
  }
}

/** The window of the layers that `layer_types` lists, or of those from `max_window_layers` on. Published configs use none. */
export function readQwenWindow(json: ModelConfig): SlidingWindow | undefined {
  const read = reader(json)
  const used = read.boolean('use_sliding_window', false) && json.sliding_window !== null
  const first = read.count('max_window_layers', 28)
  return readAlternating(json, {
    usual: layer => used && layer >= first,
    size() {
      const needed = 'use_sliding_window must be true and sliding_window an integer'
      read.check(used, `layer_types has sliding_attention, for which ${needed}`)
      return read.integer('sliding_window', 4096)
    },
  })
}
