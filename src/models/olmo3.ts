// OLMo 3 (Team OLMo 2025): the form of OLMo 2, with a sliding window in three of four layers, whose angles are never scaled.
import {type ModelConfig, reader} from './config.ts'
import {gatedModel} from './gated-decoder.ts'
import {readLayerRopes, ropeOfLayer} from './layers/layer-ropes.ts'
import {readAlternating, readWindowSize} from './layers/sliding-window.ts'
import type {Architecture} from './model.ts'
import {olmo2, partsOf, readConfig as readOlmo2} from './olmo2.ts'

export const olmo3: Architecture = {
  linears: olmo2.linears,
  open(json) {
    const config = readConfig(json)
    const {ropes, window} = config
    const ropeOf = (layer: number) => ropeOfLayer(ropes, window, layer)
    return gatedModel(config, {...partsOf(config), ropeOf})
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  const config = readOlmo2({...json, rope_scaling: undefined, rope_parameters: undefined})
  const theta = read.positive('rope_theta', THETA)
  const remedy =
    'transformers reads it in the layers without a window alone; write it into rope_parameters for both types'
  read.check(theta === THETA, `rope_theta must be ${THETA}, not ${theta}: ${remedy}`)
  const keys = {theta: ['rope_theta', THETA]} as const
  const ropes = readLayerRopes(json, config.headSize, {full: keys, sliding: () => keys, scalesSliding: false})
  return {
    ...config,
    rope: ropes.full,
    ropes,
    window: readAlternating(json, {
      usual: layer => (layer + 1) % 4 !== 0,
      size: () => readWindowSize(json, 4096),
    }),
  }
}

const THETA = 500_000
