import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './mistral.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'mistral'}), 'this test')

/** Mistral-7B-v0.1. */
const MISTRAL_7B = {
  vocab_size: 32000,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  hidden_act: 'silu',
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  sliding_window: 4096,
  tie_word_embeddings: false,
}

/** Mistral-Nemo-Base-2407: no window, and heads narrower than their share of the hidden size. */
const NEMO = {
  ...MISTRAL_7B,
  vocab_size: 131072,
  hidden_size: 5120,
  num_hidden_layers: 40,
  head_dim: 128,
  rope_theta: 1000000,
  sliding_window: null,
}

test('a published config is read, and keys that are missing take the defaults of transformers', () => {
  expect(readConfig(MISTRAL_7B)).toMatchObject({
    hiddenSize: 4096,
    intermediateSize: 14336,
    layers: 32,
    heads: 32,
    kvHeads: 8,
    headSize: 128,
    vocabulary: 32000,
    activation: 'silu',
    normEps: 1e-5,
    rope: {size: 128, theta: 10000, scaling: undefined},
    tied: false,
    attentionDropout: 0,
    window: {size: 4096},
  })
  const {num_key_value_heads, rope_theta, sliding_window, rms_norm_eps, tie_word_embeddings, ...rest} = MISTRAL_7B
  const defaults = {kvHeads: 8, rope: {theta: 10000}, window: {size: 4096}, normEps: 1e-6, tied: false}
  expect(readConfig(rest)).toMatchObject(defaults)
  expect(readConfig({...rest, num_key_value_heads: null, head_dim: null})).toMatchObject({kvHeads: 32, headSize: 128})
})

test('rotary keys are read where transformers 5 writes them', () => {
  const {rope_theta, ...rest} = MISTRAL_7B
  const config = readConfig({...rest, rope_parameters: {rope_theta: 5000, rope_type: 'default'}})
  expect(config).toMatchObject({rope: {theta: 5000, scaling: undefined}})
})

test('all layers have the window, or none if it is null', () => {
  const {window} = open(MISTRAL_7B).cache
  expect([0, 31].map(layer => window?.covers(layer))).toEqual([true, true])
  expect(open(NEMO).cache.window).toBeUndefined()
  const types = (type: string) => Array.from({length: 32}, () => type)
  expect(readConfig({...MISTRAL_7B, layer_types: types('sliding_attention')}).window?.size).toBe(4096)
  expect(readConfig({...NEMO, layer_types: types('full_attention')}).window).toBeUndefined()
})

test('a config that cannot be a Mistral is refused, with the key and the expected value', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: undefined}, 'missing key: hidden_size'],
    [{head_dim: 15}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 32'],
    [{sliding_window: 0}, 'sliding_window must be a positive integer, not 0'],
    [
      {layer_types: ['sliding_attention', 'full_attention']},
      'layer_types must all be sliding_attention, since sliding_window is 4096, not "full_attention"',
    ],
    [
      {sliding_window: null, layer_types: ['sliding_attention']},
      'layer_types must all be full_attention, since sliding_window is null, not "sliding_attention"',
    ],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...MISTRAL_7B, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(MISTRAL_7B)).toBe(7_241_732_096)
  expect(count(NEMO)).toBe(12_247_782_400)
})
