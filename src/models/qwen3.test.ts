import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {modelFor, openModel} from './open-model.ts'
import {readConfig} from './qwen3.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'qwen3'}), 'this test')

/** Qwen3-0.6B. */
const QWEN_SMALL = {
  vocab_size: 151936,
  hidden_size: 1024,
  intermediate_size: 3072,
  num_hidden_layers: 28,
  num_attention_heads: 16,
  num_key_value_heads: 8,
  head_dim: 128,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  rope_theta: 1000000,
  rope_scaling: null,
  sliding_window: null,
  use_sliding_window: false,
  attention_bias: false,
  tie_word_embeddings: true,
}
const QWEN_8B = {
  ...QWEN_SMALL,
  hidden_size: 4096,
  intermediate_size: 12288,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  tie_word_embeddings: false,
}

test('a published config is read, and keys that are missing take the defaults of transformers', () => {
  expect(readConfig(QWEN_SMALL)).toEqual({
    hiddenSize: 1024,
    intermediateSize: 3072,
    layers: 28,
    heads: 16,
    kvHeads: 8,
    headSize: 128,
    vocabulary: 151936,
    activation: 'silu',
    normEps: 1e-6,
    rope: {size: 128, theta: 1000000, scaling: undefined},
    attentionBias: false,
    tied: true,
    attentionDropout: 0,
  })
  const {num_key_value_heads, head_dim, rope_theta, tie_word_embeddings, ...rest} = QWEN_SMALL
  const defaults = {kvHeads: 32, headSize: 128, rope: {theta: 10000}, tied: false}
  expect(readConfig({...rest, num_attention_heads: 64})).toMatchObject(defaults)
  expect(readConfig({...rest, num_key_value_heads: null})).toMatchObject({kvHeads: 16})
})

test('rotary keys are read where transformers 5 writes them', () => {
  const {rope_theta, ...rest} = QWEN_SMALL
  const layer_types = Array.from({length: 28}, () => 'full_attention')
  const config = readConfig({...rest, layer_types, rope_parameters: {rope_theta: 5000, rope_type: 'default'}})
  expect(config).toMatchObject({rope: {theta: 5000, scaling: undefined}})
  const yarn = {type: 'yarn', factor: 4, original_max_position_embeddings: 8192}
  expect(readConfig({...QWEN_SMALL, rope_scaling: yarn}).rope.scaling).toMatchObject({type: 'yarn', factor: 4})
})

test('a sliding window is that of the upper layers, or of those in layer_types', () => {
  const window = (change: ModelConfig) => {
    const {window, layers} = readConfig({...QWEN_SMALL, ...change})
    return window && [window.size, ...Array.from({length: layers}, (_, i) => i).filter(window.covers)]
  }
  expect(window({use_sliding_window: true, sliding_window: 64, max_window_layers: 26})).toEqual([64, 26, 27])
  expect(window({use_sliding_window: true, sliding_window: undefined, max_window_layers: 27})).toEqual([4096, 27])
  const layer_types = Array.from({length: 28}, (_, i) => (i === 3 ? 'sliding_attention' : 'full_attention'))
  expect(window({use_sliding_window: true, sliding_window: 64, layer_types})).toEqual([64, 3])
  for (const unused of [
    {use_sliding_window: false, sliding_window: 64, max_window_layers: 0},
    {use_sliding_window: true, sliding_window: 64, max_window_layers: 28},
    {use_sliding_window: true, sliding_window: null, max_window_layers: 0},
    {use_sliding_window: true, sliding_window: 64, layer_types: layer_types.fill('full_attention')},
  ])
    expect(window(unused)).toBeUndefined()
})

test('layers with a window that no key allows are refused', () => {
  const layer_types = Array.from({length: 28}, () => 'sliding_attention')
  for (const change of [
    {use_sliding_window: false, sliding_window: 64},
    {use_sliding_window: true, sliding_window: null},
  ])
    expect(() => readConfig({...QWEN_SMALL, ...change, layer_types})).toThrow(
      new Fault(
        'input',
        'config.json: layer_types has sliding_attention, for which use_sliding_window must be true and sliding_window an integer',
      ),
    )
})

test('a config that cannot be a Qwen3 is refused, with the key and the expected value', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: undefined}, 'missing key: hidden_size'],
    [{head_dim: 15}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 16'],
    [
      {rope_scaling: {rope_type: 'dynamic', factor: 4}},
      'unsupported rope_scaling type: dynamic; known: default, linear, llama3, yarn, longrope',
    ],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...QWEN_SMALL, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(QWEN_SMALL)).toBe(596_049_920)
  expect(count(QWEN_8B)).toBe(8_190_735_360)
})

test('heads have norms, and attention has biases if the config sets attention_bias', () => {
  const names = Object.keys(open({...QWEN_SMALL, num_hidden_layers: 1}).shapes)
  expect(names.filter(name => /_norm\.weight$/.test(name))).toEqual(
    ['q_norm', 'k_norm'].map(name => `model.layers.0.self_attn.${name}.weight`),
  )
  const all = Object.keys(open({...QWEN_8B, num_hidden_layers: 1, attention_bias: true}).shapes)
  expect(all.filter(name => !names.includes(name))).toEqual([
    ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map(name => `model.layers.0.self_attn.${name}.bias`),
    'lm_head.weight',
  ])
})
