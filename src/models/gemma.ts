// Gemma, version 1 (Gemma Team, Google 2024): 2B has one key head for all query heads, 7B has one for each.
import * as fused from '../tensor/fused.ts'
import {tf} from '../tensor/tf.ts'
import {type ModelConfig, reader} from './config.ts'
import {GATED_LINEARS, gatedModel, readGatedConfig} from './gated-decoder.ts'
import {ACTIVATION_NAMES, type Activation} from './layers/activations.ts'
import type {Layer} from './layers/layers.ts'
import type {Scope} from './layers/scope.ts'
import type {Architecture} from './model.ts'

export const gemma: Architecture = {
  linears: GATED_LINEARS,
  open(json) {
    const config = readConfig(json)
    return gatedModel(config, {
      biased: config.attentionBias ? 'QKVO' : '',
      norm: rmsNorm,
      initial: {gain: 0}, // rmsNorm adds 1
      embeddingScale: Math.sqrt(config.hiddenSize),
    })
  },
}

export function readConfig(json: ModelConfig) {
  const read = reader(json)
  read.check(!read.boolean('use_bidirectional_attention', false), 'use_bidirectional_attention must be false, not true')
  return {
    ...readGatedConfig(json, () => ({kvHeads: 16, headSize: 256, tied: true, padding: 0})),
    activation: readActivation(json),
    attentionBias: read.boolean('attention_bias', false),
  }
}

/**
 * The activation, in which gelu means its tanh form, as in transformers. Versions before 4.57 read `hidden_activation` instead
 * of `hidden_act`.
 */
function readActivation(json: ModelConfig): Activation {
  const read = reader(json)
  const named = read.oneOf('hidden_act', ACTIVATION_NAMES, 'gelu_pytorch_tanh')
  const activation = named === 'gelu' ? 'gelu_pytorch_tanh' : named
  const other = read.oneOf('hidden_activation', ACTIVATION_NAMES, activation)
  const means = named === activation ? '' : `, which means ${activation} here`
  read.check(other === activation, `hidden_act is ${named}${means}, but hidden_activation is ${other}; make them equal`)
  return activation
}

/** RMS norm whose checkpoint stores the gain minus 1. */
export function rmsNorm(scope: Scope, eps: number): Layer {
  const excess = scope.vector('weight')
  return x => fused.rmsNorm(x, tf.add(excess, 1), eps)
}
