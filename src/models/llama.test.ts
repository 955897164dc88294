import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './llama.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'llama'}), 'this test')

const NEEDED = {
  hidden_size: 64,
  intermediate_size: 172,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 100,
}
const SMOLLM2_135M = {
  ...NEEDED,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49152,
  tie_word_embeddings: true,
}
const LLAMA3_8B = {
  ...NEEDED,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
}

test('keys that a config lacks take the values of LLaMA', () => {
  expect(readConfig(NEEDED)).toEqual({
    hiddenSize: 64,
    intermediateSize: 172,
    layers: 2,
    heads: 4,
    kvHeads: 4,
    headSize: 16,
    vocabulary: 100,
    normEps: 1e-6,
    rope: {size: 16, theta: 10000, scaling: undefined},
    activation: 'silu',
    attentionBias: false,
    mlpBias: false,
    tied: false,
    attentionDropout: 0,
  })
})

test('the keys of a config are read', () => {
  const written = {
    ...NEEDED,
    num_key_value_heads: 2,
    head_dim: 24,
    rms_norm_eps: 1e-5,
    rope_theta: 500000,
    attention_bias: true,
    mlp_bias: true,
    tie_word_embeddings: true,
    hidden_act: 'relu',
  }
  expect(readConfig(written)).toMatchObject({
    kvHeads: 2,
    headSize: 24,
    normEps: 1e-5,
    rope: {theta: 500000},
    activation: 'relu',
    attentionBias: true,
    mlpBias: true,
    tied: true,
  })
})

test('a config that cannot be a LLaMA is refused, with the key and the expected value', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
    expect(() => readConfig({...NEEDED, [key]: '64'})).toThrow(
      new Fault('input', `config.json: ${key} must be a positive integer, not "64"`),
    )
  }
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: 62}, 'head_dim must be a positive integer, not 15.5'],
    [{hidden_size: 60}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 4'],
    [
      {hidden_act: 'snake'},
      'hidden_act must be gelu or gelu_fast or gelu_new or gelu_pytorch_tanh or linear or quick_gelu or relu or sigmoid or silu or swish or tanh, not "snake"',
    ],
    [{tie_word_embeddings: 'yes'}, 'tie_word_embeddings must be true or false, not "yes"'],
    [{rms_norm_eps: '1e-5'}, 'rms_norm_eps must be a positive number, not "1e-5"'],
    [{rms_norm_eps: -1e-5}, 'rms_norm_eps must be a positive number, not -0.00001'],
    [
      {rope_scaling: {rope_type: 'dynamic', factor: 2}},
      'unsupported rope_scaling type: dynamic; known: default, linear, llama3, yarn, longrope',
    ],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...NEEDED, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(LLAMA3_8B)).toBe(8_030_261_248)
  expect(count(SMOLLM2_135M)).toBe(134_515_008)
})

test('tensors are named as in the checkpoint, biases and head where the config has them', () => {
  const names = (config: ModelConfig) => Object.keys(open(config).shapes)
  const plain = names({...NEEDED, num_hidden_layers: 1, tie_word_embeddings: true})
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
  const all = names({...NEEDED, num_hidden_layers: 1, attention_bias: true, mlp_bias: true})
  expect(all.filter(name => !plain.includes(name))).toEqual([
    ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map(name => `model.layers.0.self_attn.${name}.bias`),
    ...['gate_proj', 'up_proj', 'down_proj'].map(name => `model.layers.0.mlp.${name}.bias`),
    'lm_head.weight',
  ])
})
