import {expect, test} from 'vitest'
import {LLAMA} from '../../test/models/llama.ts'
import {Fault} from '../base/fault.ts'
import type {ModelConfig} from './config.ts'
import {ARCHITECTURES} from './index.ts'
import {modelFor, openModel} from './open-model.ts'

test('a model is opened by its type', () => {
  const {shapes, cache} = modelFor('causal-lm', openModel(LLAMA), 'this test')
  expect(shapes['model.embed_tokens.weight']).toEqual([20, 16])
  expect(cache).toMatchObject({layers: 2, kvHeads: 2, headSize: 6, vocabulary: 20})
  expect(cache.rotary?.(3, 2).cos).toHaveLength(2 * 3)
})

test('an architecture that is not supported, or none, is refused, with those that are', () => {
  const supported = `supported: ${Object.keys(ARCHITECTURES).join(', ')}`
  for (const type of ['gemma3n_text', 'constructor', '', null])
    expect(() => openModel({...LLAMA, model_type: type})).toThrow(
      new Fault('input', `config.json: architecture ${type} is not supported; ${supported}`),
    )
  expect(() => openModel({...LLAMA, model_type: undefined})).toThrow(
    new Fault('input', `config.json: has no model_type, which names the architecture; ${supported}`),
  )
})

test('a model whose text model alone is supported is refused, with that remedy', () => {
  const {model_type, ...text} = LLAMA
  const message =
    'architecture gemma3 reads images too and is not supported; its text model of architecture llama is, if you save it alone as in docs/ADAPTERS.md'
  expect(() => openModel({model_type: 'gemma3', text_config: {...text, model_type}})).toThrow(
    new Fault('input', `config.json: ${message}`),
  )
  expect(() => openModel({model_type: 'gemma3', text_config: {model_type: 'gemma3n_text'}})).toThrow(
    /; supported: bert/,
  )
})

test('a model of quantized weights, of layers with values of their own or without a causal mask is refused', () => {
  const refused: readonly (readonly [change: ModelConfig, message: string])[] = [
    [
      {quantization_config: {quant_method: 'bitsandbytes', load_in_4bit: true}},
      "quantization_config is set: quantized checkpoints are not supported; use the model's float weights",
    ],
    [
      {per_layer_config: {0: {intermediate_size: 12}}},
      'per_layer_config is set: layers with values of their own are not supported',
    ],
    [{is_causal: false}, 'is_causal must be true, not false'],
  ]
  for (const [change, message] of refused)
    expect(() => openModel({...LLAMA, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  const neutral = {quantization_config: null, per_layer_config: {}, is_causal: true}
  expect(openModel({...LLAMA, ...neutral}).shapes).toEqual(openModel(LLAMA).shapes)
})
