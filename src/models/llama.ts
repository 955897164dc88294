// LLaMA (Touvron et al. 2023), versions 1 to 3, and models of the same form.
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import type {Architecture} from './model.ts'

export const llama: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {biased: biasedOf(config)})
  },
}

interface Biases {
  readonly attentionBias: boolean
  readonly mlpBias: boolean
}

/** The letters of the linear layers that have a bias. */
export const biasedOf = ({attentionBias, mlpBias}: Biases): string =>
  `${attentionBias ? 'QKVO' : ''}${mlpBias ? 'GUD' : ''}`

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  return {
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    ...readGatedConfig(json, (hiddenSize, heads) => ({kvHeads: heads, headSize: hiddenSize / heads})),
    attentionBias: read.boolean('attention_bias', false),
    mlpBias: read.boolean('mlp_bias', false),
  }
}
