import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './gpt-neox.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'gpt_neox'}), 'this test')

const NEEDED = {
  hidden_size: 2560,
  intermediate_size: 10240,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  vocab_size: 50304,
}

test('keys that a config lacks take the values of GPT-NeoX', () => {
  expect(readConfig(NEEDED)).toEqual({
    hiddenSize: 2560,
    intermediateSize: 10240,
    layers: 32,
    heads: 32,
    vocabulary: 50304,
    activation: 'gelu',
    normEps: 1e-5,
    rope: {size: 20, theta: 10000, scaling: undefined},
    parallel: true,
    attentionBias: true,
    tied: false,
    dropout: {hidden: 0, attention: 0},
  })
})

test('the rotary keys are read by their old names and by their new ones', () => {
  const old = readConfig({...NEEDED, rotary_pct: 0.5, rotary_emb_base: 500})
  expect(old).toMatchObject({rope: {size: 40, theta: 500}})
  const linear = {rope_type: 'linear', factor: 2, rope_theta: 500, partial_rotary_factor: 1}
  const renewed = readConfig({...NEEDED, rotary_pct: 0.5, rope_parameters: linear})
  expect(renewed).toMatchObject({rope: {size: 80, theta: 500, scaling: {type: 'linear', factor: 2}}})
  expect(open({...NEEDED, rotary_pct: 0.5}).cache.rotary?.(0, 3).cos).toHaveLength(3 * 20)
})

test('a config that cannot be a GPT-NeoX is refused, with the key and the expected value', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
  const even = "rotary_pct must be the share of an even number of a head's 80 entries"
  const refused: readonly [ModelConfig, string][] = [
    [{num_attention_heads: 33}, 'hidden_size must be a multiple of 33 heads, not 2560'],
    [{num_attention_heads: 2}, 'head_dim must be at most 1024, not 1280'],
    [{head_dim: 64}, 'head_dim must be hidden_size / heads, 80'],
    [{rotary_pct: 0}, `${even}, not 0`],
    [{rotary_pct: 0.17}, `${even}, not 0.17`],
    [{rotary_pct: 1.1}, `${even}, not 1.1`],
    [
      {hidden_act: 7},
      'hidden_act must be gelu or gelu_fast or gelu_new or gelu_pytorch_tanh or linear or quick_gelu or relu or sigmoid or silu or swish or tanh, not 7',
    ],
    [{use_parallel_residual: 1}, 'use_parallel_residual must be true or false, not 1'],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...NEEDED, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('Pythia-2.8B has as many parameters as published', () => {
  const count = totalSize(open(NEEDED).shapes)
  expect(count).toBe(2_775_208_960)
})

test('tensors are named as in the checkpoint, biases and head where the config has them', () => {
  const names = (config: ModelConfig) => Object.keys(open({...NEEDED, num_hidden_layers: 1, ...config}).shapes)
  const all = names({})
  expect(all).toEqual([
    'gpt_neox.embed_in.weight',
    ...['input_layernorm', 'post_attention_layernorm', 'attention.query_key_value', 'attention.dense']
      .concat('mlp.dense_h_to_4h', 'mlp.dense_4h_to_h')
      .flatMap(path => [`gpt_neox.layers.0.${path}.weight`, `gpt_neox.layers.0.${path}.bias`]),
    'gpt_neox.final_layer_norm.weight',
    'gpt_neox.final_layer_norm.bias',
    'embed_out.weight',
  ])
  const fewest = names({attention_bias: false, tie_word_embeddings: true})
  expect(all.filter(name => !fewest.includes(name))).toEqual([
    'gpt_neox.layers.0.attention.query_key_value.bias',
    'gpt_neox.layers.0.attention.dense.bias',
    'embed_out.weight',
  ])
})
