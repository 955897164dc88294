import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './gemma.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'gemma'}), 'this test')

const NEEDED = {
  hidden_size: 2048,
  intermediate_size: 16384,
  num_hidden_layers: 18,
  num_attention_heads: 16,
  vocab_size: 256000,
}
const GEMMA_2B = {...NEEDED, num_attention_heads: 8, num_key_value_heads: 1, head_dim: 256}
const GEMMA_7B = {...NEEDED, hidden_size: 3072, intermediate_size: 24576, num_hidden_layers: 28}

test('keys that a config lacks take the values of Gemma-7B', () => {
  expect(readConfig(NEEDED)).toEqual({
    hiddenSize: 2048,
    intermediateSize: 16384,
    layers: 18,
    heads: 16,
    kvHeads: 16,
    headSize: 256,
    vocabulary: 256000,
    activation: 'gelu_pytorch_tanh',
    normEps: 1e-6,
    rope: {size: 256, theta: 10000, scaling: undefined},
    attentionBias: false,
    tied: true,
    padding: 0,
    attentionDropout: 0,
  })
})

test('gelu in hidden_act means its tanh form', () => {
  const activation = (written: ModelConfig) => readConfig({...GEMMA_2B, ...written}).activation
  expect(activation({hidden_act: 'gelu'})).toBe('gelu_pytorch_tanh')
  expect(activation({hidden_act: 'gelu', hidden_activation: null})).toBe('gelu_pytorch_tanh')
  expect(activation({hidden_act: 'silu', hidden_activation: null})).toBe('silu')
  expect(activation({hidden_act: 'silu'})).toBe('silu')
  expect(activation({hidden_act: 'gelu', hidden_activation: 'gelu_pytorch_tanh'})).toBe('gelu_pytorch_tanh')
})

test('a config that cannot be a Gemma is refused, with the key and the expected value', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
  const refused: readonly [ModelConfig, string][] = [
    [{head_dim: 15}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 8'],
    [
      {hidden_act: 'gelu', hidden_activation: 'gelu'},
      'hidden_act is gelu, which means gelu_pytorch_tanh here, but hidden_activation is gelu; make them equal',
    ],
    [{hidden_activation: 'silu'}, 'hidden_act is gelu_pytorch_tanh, but hidden_activation is silu; make them equal'],
    [{use_bidirectional_attention: true}, 'use_bidirectional_attention must be false, not true'],
    [
      {hidden_activation: 'snake'},
      'hidden_activation must be gelu or gelu_fast or gelu_new or gelu_pytorch_tanh or linear or quick_gelu or relu or sigmoid or silu or swish or tanh, not "snake"',
    ],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...GEMMA_2B, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(GEMMA_2B)).toBe(2_506_172_416)
  expect(count(GEMMA_7B)).toBe(8_537_680_896)
})

test('tensors are named as in the checkpoint, biases and head where the config has them', () => {
  const names = (config: ModelConfig) => Object.keys(open({...GEMMA_2B, num_hidden_layers: 1, ...config}).shapes)
  const plain = names({})
  expect(plain).toEqual([
    'model.embed_tokens.weight',
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.self_attn.q_proj.weight',
    'model.layers.0.self_attn.k_proj.weight',
    'model.layers.0.self_attn.v_proj.weight',
    'model.layers.0.self_attn.o_proj.weight',
    'model.layers.0.post_attention_layernorm.weight',
    'model.layers.0.mlp.gate_proj.weight',
    'model.layers.0.mlp.up_proj.weight',
    'model.layers.0.mlp.down_proj.weight',
    'model.norm.weight',
  ])
  const all = names({attention_bias: true, tie_word_embeddings: false})
  expect(all.filter(name => !plain.includes(name))).toEqual([
    ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map(name => `model.layers.0.self_attn.${name}.bias`),
    'lm_head.weight',
  ])
})
