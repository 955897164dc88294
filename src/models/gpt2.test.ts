import {expect, test} from 'vitest'
import {relativeError, stored} from '../../test/models/adapters.ts'
import {CAUSAL_LMS} from '../../test/models/causal-lms.ts'
import {ONNX} from '../../test/models/engines.ts'
import {parametersOf} from '../../test/models/llama.ts'
import {textLogits} from '../../test/models/text-logits.ts'
import {Fault} from '../base/fault.ts'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './gpt2.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'gpt2'}), 'this test')

/** The smallest GPT-2. */
const GPT2 = {
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  vocab_size: 50257,
}
const GPT2_XL = {...GPT2, n_embd: 1600, n_head: 25, n_layer: 48}

test('a published config is read, and keys that are missing take the defaults of transformers', () => {
  const config = {
    hiddenSize: 768,
    intermediateSize: 3072,
    layers: 12,
    heads: 12,
    headSize: 64,
    positions: 1024,
    vocabulary: 50257,
    activation: 'gelu_new',
    normEps: 1e-5,
    scaled: true,
    scaledByLayer: false,
    tied: true,
    dropout: {embedding: 0.1, attention: 0.1, residual: 0.1},
  }
  expect(readConfig(GPT2)).toEqual(config)
  expect(readConfig({n_inner: null})).toEqual(config)
  expect(readConfig({n_inner: 100, n_positions: 20})).toEqual({...config, intermediateSize: 100, positions: 20})
})

test('the names that other models have for keys are read too, and first', () => {
  const renamed = {hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 3, max_position_embeddings: 50}
  expect(readConfig({...GPT2, ...renamed})).toMatchObject({hiddenSize: 32, heads: 4, layers: 3, positions: 50})
  const absent = {hidden_size: null, num_attention_heads: null}
  expect(readConfig({...GPT2_XL, ...absent})).toMatchObject({hiddenSize: 1600, heads: 25})
})

test('a config that cannot be a GPT-2 is refused, with the key and the expected value', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{n_head: 13}, 'n_embd must be a multiple of 13 heads, not 768'],
    [{n_embd: 2048, n_head: 1}, 'head_dim must be at most 1024, not 2048'],
    [{n_layer: 1001}, 'n_layer must be at most 1000, not 1001'],
    [{layer_norm_epsilon: 0}, 'layer_norm_epsilon must be a positive number, not 0'],
    [{n_layer: 0}, 'n_layer must be a positive integer, not 0'],
    [{scale_attn_weights: 1}, 'scale_attn_weights must be true or false, not 1'],
    [{add_cross_attention: true}, 'add_cross_attention must be false, not true'],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...GPT2, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) => totalSize(open(config).shapes)
  expect(count(GPT2)).toBe(124_439_808)
  expect(count(GPT2_XL)).toBe(1_557_611_200)
})

test('weights of linear layers are stored as (in, out), and positions limit the length of a text', () => {
  const {shapes, transposed, longest} = open(GPT2)
  expect(transposed?.map(end => shapes[`transformer.h.0.${end}.weight`])).toEqual([
    [768, 2304],
    [768, 768],
    [768, 3072],
    [3072, 768],
  ])
  expect(longest).toBe(1024)
})

test('scores may be divided by the number of the layer, and not by √D, as if the queries were', async () => {
  const parameters = parametersOf(CAUSAL_LMS.gpt2)
  const logits = (changes: ModelConfig, queryScale: (layer: number) => number) => {
    const weights = Object.entries(parameters).map(([name, {shape, data}]) => {
      const [, layer] = /h\.(\d)\.attn\.c_attn/.exec(name) ?? []
      const scaled = data.map((value, i) => (layer && i % 48 < 16 ? value * queryScale(Number(layer)) : value))
      return [name, stored({shape, data: scaled})] as const
    })
    const model = open({...CAUSAL_LMS.gpt2, ...changes})
    return textLogits([[3, 7, 1, 9, 2]], {engine: ONNX, model, weights: Object.fromEntries(weights)})
  }
  const plain = (scale: (layer: number) => number) => logits({}, scale)
  const byLayer = await logits({scale_attn_by_inverse_layer_idx: true}, () => 1)
  expect(relativeError(byLayer, await plain(layer => 1 / (layer + 1)))).toBeLessThan(1e-5)
  expect(relativeError(byLayer, await plain(() => 1))).toBeGreaterThan(1e-3)
  const unscaled = await logits({scale_attn_weights: false}, () => 1)
  expect(relativeError(unscaled, await plain(() => Math.sqrt(8)))).toBeLessThan(1e-5)
})
