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
 * The activation. The published `hidden_act` is gelu and means its tanh form. A later key, `hidden_activation`, is explicit;
 * where it is null, it means the tanh form too.
 */
function readActivation(json: ModelConfig): Activation {
  if (json.hidden_activation === null) return 'gelu_pytorch_tanh'
  if (json.hidden_activation !== undefined) return reader(json).oneOf('hidden_activation', ACTIVATION_NAMES)
  const named = reader(json).oneOf('hidden_act', ACTIVATION_NAMES, 'gelu_pytorch_tanh')
  return named === 'gelu' ? 'gelu_pytorch_tanh' : named
}

/** RMS norm whose checkpoint stores the gain minus 1. */
export function rmsNorm(scope: Scope, eps: number): Layer {
  const excess = scope.vector('weight')
  return x => fused.rmsNorm(x, tf.add(excess, 1), eps)
}
