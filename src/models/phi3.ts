// Phi-3 (Abdin et al. 2024) and Phi-4: the form of LLaMA, with queries, keys and values as one layer, and gate and up as another.
import {type ModelConfig, reader} from './config.ts'
import {FUSED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import {readWindow} from './layers/sliding-window.ts'
import type {Architecture} from './model.ts'

export const phi3: Architecture = {
  linears: FUSED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {
      fused: true,
      rotarySize: config.rotarySize,
      residualDropout: config.residualDropout,
    })
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  const lengths = {
    max_position_embeddings: read.integer('max_position_embeddings', 4096),
    original_max_position_embeddings: read.integer('original_max_position_embeddings', 4096),
  }
  const config = readGatedConfig({...json, ...lengths, ...readRope(json)}, (hiddenSize, heads) => ({
    kvHeads: heads,
    headSize: Math.floor(hiddenSize / heads),
    padding: 32000,
  }))
  return {
    ...config,
    rotarySize: readRotarySize(json, config.headSize),
    activation: read.oneOf('hidden_act', ACTIVATION_NAMES, 'silu'),
    normEps: read.number('rms_norm_eps', 1e-5),
    window: readWindow(json),
    residualDropout: read.rate('resid_pdrop', 0),
  }
}

/** The entries of a head that are rotated: a share of them, which newer checkpoints keep in `rope_parameters`. */
function readRotarySize(json: ModelConfig, headSize: number): number {
  const {number} = reader({...json, ...(json.rope_parameters as ModelConfig | undefined)})
  const share = number('partial_rotary_factor', 1)
  const size = Math.trunc(headSize * share)
  const message = `partial_rotary_factor must be the share of an even number of a head's ${headSize} entries, not ${share}`
  reader(json).check(size % 2 === 0 && size >= 2 && size <= headSize, message)
  return size
}

/** The rotary keys, whose only scaling is longrope; the first files call it su or yarn. */
function readRope(json: ModelConfig): ModelConfig {
  const key = json.rope_parameters ? 'rope_parameters' : 'rope_scaling'
  const scaling = json[key] as ModelConfig | undefined | null
  if (!scaling) return {}
  const type = scaling.rope_type ?? scaling.type ?? 'default'
  reader({[`type of ${key}`]: type}).oneOf(`type of ${key}`, ['default', 'longrope', 'su', 'yarn'])
  return {[key]: {...scaling, rope_type: type === 'default' ? type : 'longrope'}}
}
