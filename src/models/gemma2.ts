// Gemma, version 2 (Gemma Team, Google 2024): norms before and after attention and the MLP, capped scores and logits, and a
// sliding window in every second layer.
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {rmsNorm} from './gemma.ts'
import {ACTIVATION_NAMES} from './layers/activations.ts'
import {readAlternating, readWindowSize} from './layers/sliding-window.ts'
import type {Architecture} from './model.ts'

export const gemma2: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, partsOf(config))
  },
}

/** The parts that Gemma 3 shares. */
export const partsOf = (config: ReturnType<typeof readConfig>) =>
  ({
    biased: config.attentionBias ? 'QKVO' : '',
    norm: rmsNorm,
    initial: {gain: 0}, // rmsNorm adds 1
    embeddingScale: Math.sqrt(config.hiddenSize),
    scores: {scale: config.queryScalar ** -0.5, cap: config.scoreCap},
    norms: 'around',
    logitCap: config.logitCap,
  }) as const

interface Defaults {
  /** Whether a layer has the window. */
  readonly windowed?: (layer: number) => boolean
  readonly scoreCap?: number | undefined
  readonly logitCap?: number | undefined
}

/** Reads the keys, which Gemma 3 has too, with other defaults. */
export function readConfig(
  json: ModelConfig,
  {windowed = layer => layer % 2 === 0, scoreCap, logitCap}: Defaults = {scoreCap: 50, logitCap: 30},
) {
  const read = reader(json)
  read.check(!read.boolean('use_bidirectional_attention', false), 'use_bidirectional_attention must be false, not true')
  return {
    ...readGatedConfig(json, () => ({kvHeads: 4, headSize: 256, tied: true, padding: 0})),
    activation: read.oneOf('hidden_activation', ACTIVATION_NAMES, 'gelu_pytorch_tanh'),
    attentionBias: read.boolean('attention_bias', false),
    queryScalar: read.positive('query_pre_attn_scalar', 256),
    scoreCap: readCap(json, 'attn_logit_softcapping', scoreCap),
    logitCap: readCap(json, 'final_logit_softcapping', logitCap),
    window: readAlternating(json, {
      usual: windowed,
      size: () => readWindowSize(json, 4096),
    }),
  }
}

/** The bound of scores or logits; null in config.json means none. */
function readCap(json: ModelConfig, key: string, fallback: number | undefined): number | undefined {
  const {[key]: found = fallback ?? null} = json
  if (found === null) return undefined
  const read = reader(json)
  const cap = read.number(key, fallback)
  read.check(cap > 0, `${key} must be above 0 or null, not ${cap}`)
  return cap
}
