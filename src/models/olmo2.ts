// OLMo 2 (OLMo Team 2024): the form of LLaMA, with norms after attention and the MLP instead of before them, and norms of
// queries and keys that span all heads.
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import type {Architecture} from './model.ts'

export const olmo2: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, partsOf(config))
  },
}

/** The parts that OLMo 3 shares. */
export const partsOf = ({attentionBias}: {readonly attentionBias: boolean}) =>
  ({biased: attentionBias ? 'QKVO' : '', norms: 'after', qkNorm: 'all heads'}) as const

/** Reads the keys, which OLMo 3 has too. */
export function readConfig(json: ModelConfig) {
  const read = reader(json)
  return {
    ...readGatedConfig(json, (hiddenSize, heads) => ({
      kvHeads: heads,
      headSize: Math.floor(hiddenSize / heads),
      padding: 1,
    })),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    normEps: read.positive('rms_norm_eps', 1e-5),
    attentionBias: read.boolean('attention_bias', false),
  }
}
