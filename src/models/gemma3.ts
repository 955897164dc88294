// Gemma, version 3 (Gemma Team, Google 2025), the models of text: the form of Gemma 2 without caps, with norms of each head's
// queries and keys. Layers with a sliding window, by default five of six, have rotary angles of their own.
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel} from './gated-decoder.ts'
import {partsOf, readConfig as readGemma2} from './gemma2.ts'
import {readLayerRopes, ropeOfLayer} from './layers/layer-ropes.ts'
import type {Architecture} from './model.ts'

export const gemma3: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    const {ropes, window} = config
    const ropeOf = (layer: number) => ropeOfLayer(ropes, window, layer)
    return gatedModel(config, {...partsOf(config), qkNorm: 'each head', ropeOf})
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  const every = read.integer('sliding_window_pattern', 6)
  const scoreCap = json.attn_logit_softcapping ?? null
  read.check(
    scoreCap === null,
    `attn_logit_softcapping must be null, not ${scoreCap}: transformers ignores it in this architecture`,
  )
  const config = readGemma2(
    {...json, rope_scaling: undefined, rope_parameters: undefined},
    {windowed: layer => (layer + 1) % every !== 0},
  )
  const ropes = readLayerRopes(json, config.headSize, {
    full: {theta: ['rope_theta', 1000000], types: ROPES},
    sliding: () => ({theta: ['rope_local_base_freq', 10000], types: ROPES}),
    scalesSliding: false,
  })
  return {...config, rope: ropes.full, ropes}
}

const ROPES = {default: 'default', linear: 'linear'} as const
