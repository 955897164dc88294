import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './gemma2.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'gemma2'}), 'this test')

const NEEDED = {
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  vocab_size: 256000,
}

/** Gemma-2-27B, whose queries have a scale of their own. */
const GEMMA_27B = {
  ...NEEDED,
  hidden_size: 4608,
  intermediate_size: 36864,
  num_hidden_layers: 46,
  num_attention_heads: 32,
  num_key_value_heads: 16,
  head_dim: 128,
  hidden_act: 'gelu_pytorch_tanh',
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 144,
  sliding_window: 4096,
  attn_logit_softcapping: 50,
  final_logit_softcapping: 30,
  cache_implementation: 'hybrid',
}

const coveredLayers = (config: ModelConfig, layers: number) => {
  const {window} = readConfig(config)
  return Array.from({length: layers}, (_, i) => window?.covers(i))
}

test('keys that a config lacks take the values of transformers', () => {
  expect(readConfig(NEEDED)).toMatchObject({
    kvHeads: 4,
    headSize: 256,
    activation: 'gelu_pytorch_tanh',
    normEps: 1e-6,
    rope: {size: 256, theta: 10000, scaling: undefined},
    attentionBias: false,
    tied: true,
    attentionDropout: 0,
    queryScalar: 256,
    scoreCap: 50,
    logitCap: 30,
    window: {size: 4096},
  })
  expect(readConfig(GEMMA_27B)).toMatchObject({kvHeads: 16, headSize: 128, queryScalar: 144, window: {size: 4096}})
})

test('the window is in every second layer from the first, or in those that layer_types lists', () => {
  expect(coveredLayers(NEEDED, 4)).toEqual([true, false, true, false])
  const [full, sliding] = ['full_attention', 'sliding_attention']
  const listed = {...NEEDED, num_hidden_layers: 3, layer_types: [full, sliding, sliding]}
  expect(coveredLayers(listed, 3)).toEqual([false, true, true])
  const none = {...NEEDED, num_hidden_layers: 2, layer_types: [full, full, sliding], sliding_window: null}
  expect(readConfig(none).window).toBeUndefined()
})

test('a cap that is null caps nothing, and rotary keys are read where transformers 5 writes them', () => {
  const caps = {attn_logit_softcapping: null, final_logit_softcapping: null}
  const config = readConfig({...NEEDED, ...caps, rope_parameters: {rope_type: 'default', rope_theta: 5000}})
  expect(config).toMatchObject({scoreCap: undefined, logitCap: undefined, rope: {theta: 5000}})
})

test('a config that cannot be a Gemma-2 is refused, with the key and the expected value', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
  const refused: readonly [ModelConfig, string][] = [
    [{use_bidirectional_attention: true}, 'use_bidirectional_attention must be false, not true'],
    [{attention_dropout: 1}, 'attention_dropout must be from 0 to below 1, not 1'],
    [{query_pre_attn_scalar: 0}, 'query_pre_attn_scalar must be a positive number, not 0'],
    [{attn_logit_softcapping: 0}, 'attn_logit_softcapping must be above 0 or null, not 0'],
    [{final_logit_softcapping: -1}, 'final_logit_softcapping must be above 0 or null, not -1'],
    [{sliding_window: null}, 'sliding_window must be a positive integer, not null'],
    [{layer_types: ['full_attention']}, 'layer_types must have an entry for each of 26 layers, not 1'],
    [
      {layer_types: ['chunked_attention']},
      'layer_types must be a list of full_attention and sliding_attention, not "chunked_attention"',
    ],
    [{layer_types: 3}, 'layer_types must be a list of full_attention and sliding_attention, not 3'],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...NEEDED, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(NEEDED)).toBe(2_614_341_888)
  expect(count(GEMMA_27B)).toBe(27_227_128_320)
})

test('a block has a norm before and after attention, and before and after the MLP', () => {
  const names = Object.keys(open({...NEEDED, num_hidden_layers: 1}).shapes)
  expect(names.filter(name => /norm/.test(name))).toEqual([
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.post_attention_layernorm.weight',
    'model.layers.0.pre_feedforward_layernorm.weight',
    'model.layers.0.post_feedforward_layernorm.weight',
    'model.norm.weight',
  ])
})
