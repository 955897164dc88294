import {expect, test} from 'vitest'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './olmo3.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'olmo3'}), 'this test')

/** OLMo 3 7B. */
const OLMO3_7B = {
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  vocab_size: 100278,
  rope_theta: 500000,
  rope_scaling: {
    rope_type: 'yarn',
    factor: 8,
    original_max_position_embeddings: 8192,
    attention_factor: 1.2079441541679836,
    beta_fast: 32,
    beta_slow: 1,
  },
}

const covered = (changes: ModelConfig) => {
  const {window, layers} = readConfig({...OLMO3_7B, num_hidden_layers: 8, ...changes})
  return Array.from({length: layers}, (_, layer) => Number(window?.covers(layer) ?? false)).join('')
}

test('three of four layers have a window, or those that layer_types lists', () => {
  expect(covered({})).toBe('11101110')
  expect(readConfig(OLMO3_7B).window?.size).toBe(4096)
  const [full, sliding] = ['full_attention', 'sliding_attention']
  expect(covered({num_hidden_layers: 2, layer_types: [full, sliding]})).toBe('01')
  expect(covered({num_hidden_layers: 2, layer_types: [full, full], sliding_window: null})).toBe('00')
})

test('only layers without a window scale their angles', () => {
  const {ropes} = readConfig(OLMO3_7B)
  expect(ropes.full).toMatchObject({theta: 500000, scaling: {attentionFactor: 1.2079441541679836}})
  expect(ropes.sliding).toEqual({size: 128, theta: 500000, scaling: undefined})
  const {rope_theta, rope_scaling, ...rest} = OLMO3_7B
  const byType = {full_attention: {...rope_scaling, rope_theta}, sliding_attention: {rope_theta: 20}}
  expect(readConfig({...rest, rope_parameters: byType}).ropes).toEqual({
    full: ropes.full,
    sliding: {...ropes.sliding, theta: 20},
  })
  expect(readConfig(rest).ropes.full).toEqual(ropes.sliding)
})

test('OLMo 3 7B has as many parameters as published', () => {
  expect(totalSize(open(OLMO3_7B).shapes)).toBe(7_298_011_136)
})

test.each([
  [
    {rope_theta: 10000},
    'rope_theta must be 500000, not 10000: transformers reads it in the layers without a window alone',
  ],
  [{sliding_window: null}, 'sliding_window must be a positive integer, not null'],
  [{layer_types: ['full_attention']}, 'layer_types must have an entry for each of 32 layers, not 1'],
])('%j is refused', (change, message) => {
  expect(() => readConfig({...OLMO3_7B, ...change})).toThrow(`config.json: ${message}`)
})
