// SmolLM3 (Bakouch et al. 2025): the form of LLaMA, in which some layers, by default every fourth, do not rotate (NoPE; Yang et al. 2025).
import {quote} from '../base/printable.ts'
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import {readAlternating} from './layers/sliding-window.ts'
import {biasedOf} from './llama.ts'
import type {Architecture} from './model.ts'

export const smollm3: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    const ropeOf = (layer: number) => (config.rotates[layer] ? config.rope : undefined)
    return gatedModel(config, {biased: biasedOf(config), ropeOf})
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  const config = readGatedConfig(json, (hiddenSize, heads) => ({
    kvHeads: json.num_key_value_heads === null ? heads : 4,
    headSize: Math.floor(hiddenSize / heads),
    tied: true,
    padding: 128004,
    rope: {theta: ['rope_theta', 2000000]},
  }))
  const rotates = readRotated(json, config.layers)
  const windowed = read.boolean('use_sliding_window', false) && (json.sliding_window ?? null) !== null
  return {
    ...config,
    rotates,
    window: readAlternating(json, {
      usual: layer => windowed && !rotates[layer],
      size() {
        const needed = 'use_sliding_window must be true and sliding_window an integer'
        read.check(windowed, `layer_types has sliding_attention, for which ${needed}`)
        return read.integer('sliding_window')
      },
    }),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    attentionBias: read.boolean('attention_bias', false),
    mlpBias: read.boolean('mlp_bias', false),
  }
}

/** Whether each layer rotates: `no_rope_layers`, which is 1 where it does, or all but every `no_rope_layer_interval`-th. */
function readRotated(json: ModelConfig, layers: number): readonly boolean[] {
  const read = reader(json)
  const every = read.integer('no_rope_layer_interval', 4)
  const {no_rope_layers: listed = null} = json
  if (listed === null) return Array.from({length: layers}, (_, layer) => (layer + 1) % every !== 0)
  const isList = Array.isArray(listed) && listed.length >= layers && listed.every(entry => entry === 0 || entry === 1)
  read.check(isList, `no_rope_layers must list 1 or 0 for each of ${layers} layers, not ${quote(listed)}`)
  return (listed as readonly number[]).map(entry => entry === 1)
}
