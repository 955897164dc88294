import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './olmo2.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'olmo2'}), 'this test')

/** OLMo-2-1124-7B. */
const OLMO2_7B = {
  vocab_size: 100352,
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  max_position_embeddings: 4096,
  pad_token_id: 100277,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 500000,
  attention_bias: false,
  tie_word_embeddings: false,
}

/** OLMo-2-0325-32B, whose heads are grouped. */
const OLMO2_32B = {
  ...OLMO2_7B,
  hidden_size: 5120,
  intermediate_size: 27648,
  num_hidden_layers: 64,
  num_attention_heads: 40,
  num_key_value_heads: 8,
}

test('a published config is read, and keys that are missing take the defaults of transformers', () => {
  expect(readConfig(OLMO2_7B)).toEqual({
    hiddenSize: 4096,
    intermediateSize: 11008,
    layers: 32,
    heads: 32,
    kvHeads: 32,
    headSize: 128,
    vocabulary: 100352,
    activation: 'silu',
    normEps: 1e-6,
    rope: {size: 128, theta: 500000, scaling: undefined},
    attentionBias: false,
    tied: false,
    padding: 100277,
    attentionDropout: 0,
  })
  const {num_key_value_heads, pad_token_id, rms_norm_eps, rope_theta, tie_word_embeddings, ...rest} = OLMO2_32B
  const defaults = {kvHeads: 40, padding: 1, normEps: 1e-5, rope: {theta: 10000}, tied: false}
  expect(readConfig(rest)).toMatchObject(defaults)
  expect(readConfig({...rest, num_key_value_heads: null, pad_token_id: null})).toMatchObject({
    kvHeads: 40,
    padding: undefined,
  })
})

test('a config that cannot be an OLMo 2 is refused, with the key and the expected value', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: undefined}, 'missing key: hidden_size'],
    [{head_dim: 15}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 32'],
  ]
  for (const [change, message] of refused)
    expect(() => readConfig({...OLMO2_7B, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(OLMO2_7B)).toBe(7_298_617_344)
  expect(count(OLMO2_32B)).toBe(32_234_279_936)
})

test('norms follow attention and the MLP, and span all heads of the queries and of the keys', () => {
  const {shapes} = open({...OLMO2_32B, num_hidden_layers: 1})
  expect(Object.entries(shapes).filter(([name]) => /norm\.weight$/.test(name))).toEqual([
    ['model.layers.0.self_attn.q_norm.weight', [5120]],
    ['model.layers.0.self_attn.k_norm.weight', [1024]],
    ['model.layers.0.post_attention_layernorm.weight', [5120]],
    ['model.layers.0.post_feedforward_layernorm.weight', [5120]],
    ['model.norm.weight', [5120]],
  ])
})
