import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {modelFor, openModel} from './open-model.ts'
import {readConfig} from './phi3.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'phi3'}), 'this test')

/** Phi-3-mini-4k-instruct. */
const MINI = {
  vocab_size: 32064,
  hidden_size: 3072,
  intermediate_size: 8192,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  hidden_act: 'silu',
  max_position_embeddings: 4096,
  original_max_position_embeddings: 4096,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 10000,
  sliding_window: 2047,
  tie_word_embeddings: false,
}

const factors = (count: number, factor: number) => Array.from({length: count}, () => factor)
const LONG = {type: 'longrope', short_factor: factors(48, 1), long_factor: factors(48, 4)}

/** Phi-4-mini-instruct: three quarters of a head are rotated, and the head is tied. */
const PHI4_MINI = {
  ...MINI,
  vocab_size: 200064,
  num_attention_heads: 24,
  num_key_value_heads: 8,
  max_position_embeddings: 131072,
  partial_rotary_factor: 0.75,
  rope_scaling: LONG,
  sliding_window: 262144,
  tie_word_embeddings: true,
}

test('a published config is read, and keys that are missing take the defaults of transformers', () => {
  expect(readConfig(MINI)).toMatchObject({
    hiddenSize: 3072,
    intermediateSize: 8192,
    layers: 32,
    heads: 32,
    kvHeads: 32,
    headSize: 96,
    vocabulary: 32064,
    activation: 'silu',
    normEps: 1e-5,
    rope: {size: 96, theta: 10000, scaling: undefined},
    tied: false,
    attentionDropout: 0,
    window: {size: 2047},
  })
  const {num_key_value_heads, rope_theta, sliding_window, rms_norm_eps, tie_word_embeddings, ...rest} = MINI
  const config = readConfig(rest)
  expect(config).toMatchObject({kvHeads: 32, rope: {theta: 10000}, normEps: 1e-5, tied: false, padding: 32000})
  expect(config.window).toBeUndefined()
})

test('longrope is read by its three names, where either version of transformers writes it', () => {
  const scaling = {
    type: 'longrope',
    originalLength: 4096,
    shortFactors: LONG.short_factor,
    longFactors: LONG.long_factor,
  }
  const attentionFactor = Math.sqrt(1 + Math.log(32) / Math.log(4096))
  for (const type of ['longrope', 'su', 'yarn']) {
    const config = readConfig({...PHI4_MINI, rope_scaling: {...LONG, type}})
    expect(config).toMatchObject({rope: {size: 96, scaling: {...scaling, attentionFactor}}})
  }
  const {rope_scaling, rope_theta, partial_rotary_factor, ...rest} = PHI4_MINI
  const rope_parameters = {...LONG, rope_type: 'longrope', rope_theta: 5000, partial_rotary_factor: 0.75}
  expect(readConfig({...rest, rope_parameters})).toMatchObject({
    rope: {size: 96, theta: 5000, scaling: {...scaling, attentionFactor}},
  })
  const given = {...rest, partial_rotary_factor, rope_scaling: {...LONG, factor: 1, attention_factor: 1.25}}
  expect(readConfig(given).rope.scaling).toMatchObject({attentionFactor: 1.25})
  expect(readConfig({...given, rope_scaling: {...LONG, factor: 1}}).rope.scaling).toMatchObject({attentionFactor: 1})
})

test('texts above the original length have angles of their own', () => {
  const {rotary, longAbove} = open(PHI4_MINI).cache
  expect(longAbove).toBe(4096)
  const attentionFactor = Math.sqrt(1 + Math.log(32) / Math.log(4096))
  const short = rotary?.(1, 1)
  const long = rotary?.(1, 1, {long: true})
  expect(short?.cos).toHaveLength(48)
  expect(short?.cos[0]).toBeCloseTo(attentionFactor * Math.cos(1), 6)
  expect(long?.cos[0]).toBeCloseTo(attentionFactor * Math.cos(1 / 4), 6)
  expect(open(MINI).cache.longAbove).toBeUndefined()
})

test('a config that cannot be a Phi-3 is refused, with the key and the expected value', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: undefined}, 'missing key: hidden_size'],
    [{num_key_value_heads: 5}, 'num_attention_heads must be a multiple of 5 key heads, not 24'],
    [
      {partial_rotary_factor: 0.26, rope_scaling: null},
      "partial_rotary_factor must be the share of an even number of a head's 128 entries, not 0.26",
    ],
    [{rope_scaling: {...LONG, short_factor: [1]}}, 'short_factor must have 48 factors, not 1'],
    [{rope_scaling: {...LONG, long_factor: 'x'}}, 'long_factor must be a list of positive numbers, not "x"'],
    [
      {rope_scaling: {type: 'linear', factor: 2}},
      'unsupported rope_scaling type: linear; known: default, longrope, su, yarn',
    ],
  ]
  for (const [change, message] of refused) {
    expect(() => open({...PHI4_MINI, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(MINI)).toBe(3_821_079_552)
  expect(count(PHI4_MINI)).toBe(3_836_021_760)
})

test('queries, keys and values are one layer, gate and up another', () => {
  const {shapes} = open({...PHI4_MINI, num_hidden_layers: 1})
  expect(shapes['model.layers.0.self_attn.qkv_proj.weight']).toEqual([(24 + 2 * 8) * 128, 3072])
  expect(shapes['model.layers.0.mlp.gate_up_proj.weight']).toEqual([2 * 8192, 3072])
})
