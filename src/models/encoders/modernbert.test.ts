import {expect, test} from 'vitest'
import {MODERNBERT, openTexts} from '../../../test/models/classifiers.ts'
import {Fault} from '../../base/fault.ts'
import {totalSize} from '../../engine/program.ts'
import type {ModelConfig} from '../config.ts'
import {openModel} from '../open-model.ts'
import {readConfig} from './modernbert-config.ts'

const coveredLayers = (changes: ModelConfig, layers = 6) => {
  const {window} = readConfig({...MODERNBERT, num_hidden_layers: layers, ...changes})
  return Array.from({length: layers}, (_, i) => Number(window?.covers(i)))
}

test('keys that a config lacks take the values of transformers', () => {
  const {max_position_embeddings, local_attention, ...rest} = MODERNBERT
  expect(readConfig(rest)).toMatchObject({
    longest: 8192,
    padding: 50283,
    activation: 'gelu',
    normEps: 1e-5,
    window: {size: 65},
    biases: {norm: false, attention: false, mlp: false, classifier: false},
    pooling: 'cls',
    classifierActivation: 'gelu',
    dropout: {embedding: 0, attention: 0, mlp: 0, classifier: 0},
  })
})

test('all layers but every third have a window, or those that layer_types lists', () => {
  expect(coveredLayers({})).toEqual([0, 1, 1, 0, 1, 1])
  expect(coveredLayers({global_attn_every_n_layers: 2})).toEqual([0, 1, 0, 1, 0, 1])
  expect(readConfig({...MODERNBERT, global_attn_every_n_layers: 1}).window).toBeUndefined()
  expect(coveredLayers({layer_types: ['sliding_attention', 'full_attention']}, 2)).toEqual([1, 0])
})

test('a token with a window attends to half of local_attention on either side', () => {
  const windowSize = (local_attention: number) => readConfig({...MODERNBERT, local_attention}).window?.size
  expect([1, 4, 5, 128].map(windowSize)).toEqual([1, 3, 3, 65])
})

test('each type of layer has rotary options of its own, in the form of transformers 4 or 5', () => {
  const rotary = (changes: ModelConfig) => readConfig({...MODERNBERT, ...changes}).ropes
  expect(rotary({})).toMatchObject({full: {size: 6, theta: 160000}, sliding: {size: 6, theta: 10000}})
  expect(rotary({global_rope_theta: 5, local_rope_theta: 7})).toMatchObject({full: {theta: 5}, sliding: {theta: 7}})
  expect(rotary({global_rope_theta: 5, local_rope_theta: null})).toMatchObject({sliding: {theta: 5}})
  const linear = {rope_type: 'linear', factor: 2}
  const parameters = {
    full_attention: {...linear, rope_theta: 5},
    sliding_attention: {rope_type: 'default', rope_theta: 7},
  }
  expect(rotary({rope_parameters: parameters})).toEqual({
    full: {size: 6, theta: 5, scaling: {type: 'linear', factor: 2}},
    sliding: {size: 6, theta: 7, scaling: undefined},
  })
  expect(rotary({rope_scaling: linear, local_rope_theta: 7})).toMatchObject({
    full: {scaling: {type: 'linear', factor: 2}},
    sliding: {theta: 7, scaling: {type: 'linear', factor: 2}},
  })
  const yarn = {rope_scaling: {rope_type: 'yarn', factor: 4}, max_position_embeddings: 64}
  const outside = rotary({...yarn, original_max_position_embeddings: 16}) // a key that transformers ignores here
  expect(outside).toMatchObject({full: {scaling: {originalLength: 64}}})
})

test('configs that cannot be computed are refused', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{num_attention_heads: 5}, 'hidden_size must be a multiple of 5 heads, not 12'],
    [{num_attention_heads: 4}, 'hidden_size / num_attention_heads must be even, not 3'],
    [{head_dim: 4}, 'head_dim must be hidden_size / heads, 6'],
    [{sliding_window: 3}, 'sliding_window must be half of local_attention, 2'],
    [{classifier_pooling: 'max'}, 'classifier_pooling must be cls or mean, not "max"'],
    [{global_attn_every_n_layers: 0}, 'global_attn_every_n_layers must be a positive integer, not 0'],
    [{layer_types: ['full_attention']}, 'layer_types must have an entry for each of 3 layers, not 1'],
    [
      {rope_parameters: {rope_theta: 5}},
      'rope_parameters must have the keys full_attention and sliding_attention, not "rope_theta"',
    ],
    [{rope_parameters: {full_attention: 'linear'}}, 'full_attention must be an object, not "linear"'],
    [
      {rope_scaling: {type: 'linear', factor: 2}},
      'rope_scaling must name its type as rope_type; transformers ignores type in this architecture',
    ],
    [{rope_scaling: 'linear'}, 'rope_scaling must be an object, not "linear"'],
    [{global_rope_theta: 0}, 'global_rope_theta must be a positive number, not 0'],
    [{norm_eps: -1}, 'norm_eps must be a positive number, not -1'],
    [{initializer_cutoff_factor: 0}, 'initializer_cutoff_factor must be at least 0.5, not 0'],
    [{initializer_cutoff_factor: -2}, 'initializer_cutoff_factor must be at least 0.5, not -2'],
  ]
  for (const [change, message] of refused)
    expect(() => readConfig({...MODERNBERT, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
})

test('the published models have as many parameters as in transformers', () => {
  const base = {
    model_type: 'modernbert',
    vocab_size: 50368,
    hidden_size: 768,
    intermediate_size: 1152,
    num_hidden_layers: 22,
    num_attention_heads: 12,
  }
  const large = {hidden_size: 1024, intermediate_size: 2624, num_hidden_layers: 28, num_attention_heads: 16}
  const count = (config: ModelConfig) => totalSize(openModel(config).shapes)
  expect(count(base)).toBe(149_606_402)
  expect(count({...base, ...large})).toBe(395_833_346)
})

test('the head is drawn as in transformers, its classifier by the hidden size', () => {
  expect(openTexts(MODERNBERT).head).toEqual({
    paths: ['head.dense', 'head.norm', 'classifier'],
    deviation: 0.02 / Math.sqrt(6),
    deviations: {classifier: 12 ** -0.5},
    within: 2,
  })
  expect(openTexts({...MODERNBERT, initializer_cutoff_factor: null}).head.within).toBe(3)
})

test('the dropout layers of the last block are those of the first tokens, unless the classifier reads all', () => {
  const rates = {embedding_dropout: 0.1, attention_dropout: 0.2, mlp_dropout: 0.3, classifier_dropout: 0.4}
  const drops = (pooling: string) =>
    openTexts({...MODERNBERT, ...rates, num_hidden_layers: 1, classifier_pooling: pooling}).drops(2, 4)
  expect(drops('cls')).toEqual({
    'model.embeddings.drop': {rate: 0.1, shape: [8, 12]},
    'model.layers.0.attn.dropout': {rate: 0.2, shape: [4, 4]},
    'model.layers.0.attn.out_drop': {rate: 0.2, shape: [2, 12]},
    'model.layers.0.mlp.drop': {rate: 0.3, shape: [2, 16]},
    drop: {rate: 0.4, shape: [2, 12]},
  })
  expect(drops('mean')['model.layers.0.attn.dropout'].shape).toEqual([16, 4])
})
