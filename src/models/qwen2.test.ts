import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {modelFor, openModel} from './open-model.ts'
import {readConfig} from './qwen2.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'qwen2'}), 'this test')

/** Qwen2.5-0.5B, with the window that its config has and does not use. */
const QWEN_HALF_B = {
  vocab_size: 151936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  max_position_embeddings: 32768,
  max_window_layers: 24,
  rope_theta: 1000000,
  sliding_window: 32768,
  use_sliding_window: false,
  tie_word_embeddings: true,
}
const QWEN_7B = {
  ...QWEN_HALF_B,
  vocab_size: 152064,
  hidden_size: 3584,
  intermediate_size: 18944,
  num_hidden_layers: 28,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  tie_word_embeddings: false,
}

test('a published config is read, and keys that are missing take the defaults of transformers', () => {
  expect(readConfig(QWEN_HALF_B)).toEqual({
    hiddenSize: 896,
    intermediateSize: 4864,
    layers: 24,
    heads: 14,
    kvHeads: 2,
    headSize: 64,
    vocabulary: 151936,
    activation: 'silu',
    normEps: 1e-6,
    rope: {size: 64, theta: 1000000, scaling: undefined},
    tied: true,
    attentionDropout: 0,
  })
  const {num_key_value_heads, rope_theta, tie_word_embeddings, ...rest} = QWEN_HALF_B
  const defaults = {kvHeads: 32, rope: {theta: 10000}, tied: false}
  expect(readConfig({...rest, num_attention_heads: 64, head_dim: 32})).toMatchObject({...defaults, headSize: 32})
  expect(readConfig({...rest, num_key_value_heads: null})).toMatchObject({kvHeads: 14})
})

test('rotary keys are read where transformers 5 writes them', () => {
  const {rope_theta, ...rest} = QWEN_HALF_B
  const layer_types = Array.from({length: 24}, () => 'full_attention')
  const config = readConfig({...rest, layer_types, rope_parameters: {rope_theta: 5000, rope_type: 'default'}})
  expect(config).toMatchObject({rope: {theta: 5000, scaling: undefined}})
  const yarn = {type: 'yarn', factor: 4, original_max_position_embeddings: 8192}
  expect(readConfig({...QWEN_HALF_B, rope_scaling: yarn}).rope.scaling).toMatchObject({type: 'yarn', factor: 4})
})

test('a sliding window is that of the upper layers, or of those in layer_types', () => {
  const window = (change: ModelConfig) => {
    const {window, layers} = readConfig({...QWEN_HALF_B, ...change})
    return window && [window.size, ...Array.from({length: layers}, (_, i) => i).filter(window.covers)]
  }
  expect(window({use_sliding_window: true, sliding_window: 64, max_window_layers: 22})).toEqual([64, 22, 23])
  expect(window({use_sliding_window: true, sliding_window: undefined, max_window_layers: 23})).toEqual([4096, 23])
  const deep = {num_hidden_layers: 30, max_window_layers: undefined}
  expect(window({use_sliding_window: true, sliding_window: 64, ...deep})).toEqual([64, 28, 29])
  const layer_types = Array.from({length: 24}, (_, i) => (i === 3 ? 'sliding_attention' : 'full_attention'))
  expect(window({use_sliding_window: true, sliding_window: 64, layer_types})).toEqual([64, 3])
  for (const unused of [
    {use_sliding_window: false, sliding_window: 64, max_window_layers: 0},
    {use_sliding_window: true, sliding_window: 64, max_window_layers: 24},
    {use_sliding_window: true, sliding_window: null, max_window_layers: 0},
    {use_sliding_window: true, sliding_window: 64, layer_types: layer_types.fill('full_attention')},
  ])
    expect(window(unused)).toBeUndefined()
})

test('layers with a window that no key allows are refused', () => {
  const layer_types = Array.from({length: 24}, () => 'sliding_attention')
  for (const change of [
    {use_sliding_window: false, sliding_window: 64},
    {use_sliding_window: true, sliding_window: null},
  ])
    expect(() => readConfig({...QWEN_HALF_B, ...change, layer_types})).toThrow(
      new Fault(
        'input',
        'config.json: layer_types has sliding_attention, for which use_sliding_window must be true and sliding_window an integer',
      ),
    )
})

test('a config that cannot be a Qwen2 is refused, with the key and the expected value', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: undefined}, 'missing key: hidden_size'],
    [{head_dim: 15}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 14'],
    [
      {rope_scaling: {rope_type: 'dynamic', factor: 4}},
      'unsupported rope_scaling type: dynamic; known: default, linear, llama3, yarn, longrope',
    ],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...QWEN_HALF_B, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(QWEN_HALF_B)).toBe(494_032_768)
  expect(count(QWEN_7B)).toBe(7_615_616_512)
})

test('queries, keys and values have biases, other layers have none', () => {
  const names = Object.keys(open({...QWEN_7B, num_hidden_layers: 1}).shapes)
  expect(names.filter(name => name.endsWith('.bias'))).toEqual(
    ['q_proj', 'k_proj', 'v_proj'].map(name => `model.layers.0.self_attn.${name}.bias`),
  )
  expect(names.at(-1)).toBe('lm_head.weight')
})
