import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './gemma3.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) =>
  modelFor('causal-lm', openModel({...config, model_type: 'gemma3_text'}), 'this test')

/** Gemma-3-1B, as published. */
const GEMMA_1B = {
  hidden_size: 1152,
  intermediate_size: 6912,
  num_hidden_layers: 26,
  num_attention_heads: 4,
  num_key_value_heads: 1,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 256,
  rope_theta: 1000000,
  rope_local_base_freq: 10000,
  rope_scaling: null,
  sliding_window: 512,
  sliding_window_pattern: 6,
  attn_logit_softcapping: null,
  final_logit_softcapping: null,
  cache_implementation: 'hybrid',
  vocab_size: 262144,
}

const NEEDED = {
  hidden_size: 2560,
  intermediate_size: 10240,
  num_hidden_layers: 34,
  num_attention_heads: 8,
  vocab_size: 262208,
}

test('keys that a config lacks take the values of transformers', () => {
  expect(readConfig(NEEDED)).toMatchObject({
    kvHeads: 4,
    headSize: 256,
    activation: 'gelu_pytorch_tanh',
    normEps: 1e-6,
    ropes: {full: {size: 256, theta: 1000000}, sliding: {size: 256, theta: 10000}},
    attentionBias: false,
    tied: true,
    padding: 0,
    queryScalar: 256,
    scoreCap: undefined,
    logitCap: undefined,
    window: {size: 4096, period: 6},
  })
})

test('every sixth layer has no window, or the layers that the pattern or layer_types says', () => {
  const covered = (changes: ModelConfig) => {
    const {window} = readConfig({...NEEDED, num_hidden_layers: 7, ...changes})
    return Array.from({length: 7}, (_, layer) => Number(window?.covers(layer) ?? false)).join('')
  }
  expect(covered({})).toBe('1111101')
  expect(covered({sliding_window_pattern: 3})).toBe('1101101')
  expect(covered({sliding_window_pattern: 1, sliding_window: null})).toBe('0000000')
  const layer_types = Array.from({length: 7}, (_, i) => (i === 2 ? 'sliding_attention' : 'full_attention'))
  expect(covered({layer_types, sliding_window_pattern: 3})).toBe('0010000')
})

test('rope_scaling slows the layers without a window alone; rope_parameters has both', () => {
  const scaling = {type: 'linear', factor: 8}
  expect(readConfig({...NEEDED, rope_scaling: {rope_type: 'linear', factor: 8}}).ropes).toMatchObject({
    full: {theta: 1000000, scaling},
    sliding: {theta: 10000, scaling: undefined},
  })
  const rope_parameters = {
    full_attention: {rope_type: 'default', rope_theta: 5},
    sliding_attention: {rope_type: 'linear', factor: 8, rope_theta: 7},
  }
  expect(readConfig({...NEEDED, rope_parameters, rope_theta: 3}).ropes).toMatchObject({
    full: {theta: 5, scaling: undefined},
    sliding: {theta: 7, scaling},
  })
})

test('a layer reads the angles of its kind, which lie side by side', () => {
  const {cache} = open({...NEEDED, head_dim: 4, sliding_window_pattern: 2})
  const {cos, sin} = cache.rotary?.(3, 1) ?? {}
  expect([0, 1].map(layer => cache.columns?.(layer))).toEqual([
    [0, 2],
    [2, 2],
  ])
  for (const [found, f] of [[cos, Math.cos] as const, [sin, Math.sin] as const]) {
    const expected = [3, 3 / 100, 3, 3 / 1000].map(f) // with a window, then without
    for (const [i, value] of expected.entries()) expect(found?.[i]).toBeCloseTo(value, 6)
  }
})

test('a config that cannot be a Gemma-3 is refused, with the key and the expected value', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
  const refused: readonly [ModelConfig, string][] = [
    [{use_bidirectional_attention: true}, 'use_bidirectional_attention must be false, not true'],
    [
      {attn_logit_softcapping: 50},
      'attn_logit_softcapping must be null, not 50: transformers ignores it in this architecture',
    ],
    [{final_logit_softcapping: 0}, 'final_logit_softcapping must be above 0 or null, not 0'],
    [{sliding_window_pattern: 0}, 'sliding_window_pattern must be a positive integer, not 0'],
    [{sliding_window: null}, 'sliding_window must be a positive integer, not null'],
    [{layer_types: ['full_attention']}, 'layer_types must have an entry for each of 34 layers, not 1'],
    [{rope_scaling: {rope_type: 'yarn', factor: 4}}, 'unsupported rope_scaling type: yarn; known: default, linear'],
    [
      {rope_scaling: {type: 'linear', factor: 4}},
      'rope_scaling must name its type as rope_type; transformers ignores type in this architecture',
    ],
    [
      {rope_parameters: {rope_type: 'linear', factor: 4}},
      'rope_parameters must have the keys full_attention and sliding_attention, not "rope_type"',
    ],
    [{partial_rotary_factor: 0.5}, 'partial_rotary_factor must be 1 in this architecture, not 0.5'],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...NEEDED, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  expect(totalSize(open(GEMMA_1B).shapes)).toBe(999_885_952)
  expect(totalSize(open(NEEDED).shapes)).toBe(3_880_263_168)
})
