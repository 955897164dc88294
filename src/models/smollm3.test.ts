import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {modelFor, openModel} from './open-model.ts'
import {readConfig} from './smollm3.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'smollm3'}), 'this test')

/** SmolLM3-3B. */
const NEEDED = {
  hidden_size: 2048,
  intermediate_size: 11008,
  num_hidden_layers: 36,
  num_attention_heads: 16,
  vocab_size: 128256,
}

test('keys that a config lacks take the values of transformers', () => {
  expect(readConfig(NEEDED)).toMatchObject({
    kvHeads: 4,
    headSize: 128,
    activation: 'silu',
    normEps: 1e-6,
    rope: {size: 128, theta: 2000000},
    tied: true,
    padding: 128004,
    window: undefined,
  })
  expect(readConfig({...NEEDED, num_key_value_heads: null}).kvHeads).toBe(16)
})

test('every fourth layer does not rotate, or those that no_rope_layers marks by 0', () => {
  const rotated = (changes: ModelConfig) => {
    const {cache} = open({...NEEDED, num_hidden_layers: 5, ...changes})
    return Array.from({length: 5}, (_, layer) => Number(cache.columns?.(layer) !== undefined)).join('')
  }
  expect(rotated({})).toBe('11101')
  expect(rotated({no_rope_layer_interval: 2})).toBe('10101')
  expect(rotated({no_rope_layers: [0, 1, 1, 0, 1, 0, 0], no_rope_layer_interval: 2})).toBe('01101')
})

test('a window is in the layers that do not rotate, or in those that layer_types lists', () => {
  const covered = (changes: ModelConfig) => {
    const {window} = readConfig({...NEEDED, num_hidden_layers: 4, ...changes})
    return Array.from({length: 4}, (_, layer) => Number(window?.covers(layer) ?? false)).join('')
  }
  const used = {use_sliding_window: true, sliding_window: 8}
  expect(covered(used)).toBe('0001')
  expect(covered({...used, sliding_window: null})).toBe('0000')
  expect(covered({sliding_window: 8})).toBe('0000')
  const [full, sliding] = ['full_attention', 'sliding_attention']
  expect(covered({...used, layer_types: [sliding, full, full, full]})).toBe('1000')
})

test('SmolLM3-3B has as many parameters as published', () => {
  expect(totalSize(open(NEEDED).shapes)).toBe(3_075_098_624)
})

test('a config that cannot be a SmolLM3 is refused, with the key and the expected value', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
  }
  const refused: readonly [ModelConfig, string][] = [
    [{no_rope_layers: [1, 0]}, 'no_rope_layers must list 1 or 0 for each of 36 layers, not [1,0]'],
    [{no_rope_layers: 'all'}, 'no_rope_layers must list 1 or 0 for each of 36 layers, not "all"'],
    [{no_rope_layer_interval: 0}, 'no_rope_layer_interval must be a positive integer, not 0'],
    [
      {layer_types: Array.from({length: 36}, () => 'sliding_attention'), sliding_window: 8},
      'layer_types has sliding_attention, for which use_sliding_window must be true and sliding_window an integer',
    ],
    [{use_sliding_window: true, sliding_window: 0}, 'sliding_window must be a positive integer, not 0'],
    [{hidden_act: 'mish'}, 'hidden_act must be gelu or'],
  ]
  for (const [change, message] of refused)
    expect(() => readConfig({...NEEDED, ...change})).toThrow(`config.json: ${message}`)
})
