// Phi-3 (Abdin et al. 2024) and Phi-4: the form of LLaMA, with queries, keys and values as one layer, and gate and up as another.
import {type ModelConfig, reader} from './config.ts'
import {FUSED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import type {RopeKeys} from './layers/rope-config.ts'
import {readWindow} from './layers/sliding-window.ts'
import type {Architecture} from './model.ts'

export const phi3: Architecture = {
  linears: FUSED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {fused: true, residualDropout: config.residualDropout})
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  const lengths = {
    max_position_embeddings: read.integer('max_position_embeddings', 4096),
    original_max_position_embeddings: read.integer('original_max_position_embeddings', 4096),
  }
  return {
    ...readGatedConfig({...json, ...lengths}, (hiddenSize, heads) => ({
      kvHeads: heads,
      headSize: Math.floor(hiddenSize / heads),
      padding: 32000,
      rope: ROPE,
    })),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    normEps: read.positive('rms_norm_eps', 1e-5),
    window: readWindow(json),
    residualDropout: read.rate('resid_pdrop', 0),
  }
}

/** The rotary keys: the only scaling is longrope, which the first files call su or yarn. */
const ROPE: RopeKeys = {
  share: ['partial_rotary_factor', 1],
  types: {default: 'default', longrope: 'longrope', su: 'longrope', yarn: 'longrope'},
}
