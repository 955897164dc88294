// Mistral (Jiang et al. 2023): the form of LLaMA, in which a token attends to a sliding window of the last tokens.
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import {readWindow} from './layers/sliding-window.ts'
import type {Architecture} from './model.ts'

export const mistral: Architecture = {
  linears: GATED_LINEARS,
  open: json => gatedModel(readConfig(json)),
}

export function readConfig(json: ModelConfig) {
  return {
    ...readGatedConfig(json, (hiddenSize, heads) => ({
      kvHeads: json.num_key_value_heads === null ? heads : 8,
      headSize: Math.floor(hiddenSize / heads),
    })),
    activation: reader(json).oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    window: readWindow(json, 4096),
  }
}
