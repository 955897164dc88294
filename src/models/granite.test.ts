import {expect, test} from 'vitest'
import {totalSize} from '../engine/program.ts'
import type {ModelConfig} from './config.ts'
import {readConfig} from './granite.ts'
import {modelFor, openModel} from './open-model.ts'

const open = (config: ModelConfig) => modelFor('causal-lm', openModel({...config, model_type: 'granite'}), 'this test')

/** Granite 3.3 8B. */
const GRANITE_8B = {
  hidden_size: 4096,
  intermediate_size: 12800,
  num_hidden_layers: 40,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 49159,
  tie_word_embeddings: true,
  embedding_multiplier: 12,
  attention_multiplier: 0.0078125,
  residual_multiplier: 0.22,
  logits_scaling: 16,
}

test('the factors are those of config.json, or 1', () => {
  const names = ['embeddingScale', 'scoreScale', 'residualScale', 'logitDivisor'] as const
  const factors = (config: ModelConfig) => names.map(name => readConfig(config)[name])
  expect(factors(GRANITE_8B)).toEqual([12, 0.0078125, 0.22, 16])
  const {embedding_multiplier, attention_multiplier, residual_multiplier, logits_scaling, ...rest} = GRANITE_8B
  expect(factors(rest)).toEqual([1, 1, 1, 1])
})

test('Granite 3.3 8B and 2B have as many parameters as published', () => {
  const count = (changes: ModelConfig) => totalSize(open({...GRANITE_8B, ...changes}).shapes)
  expect(count({})).toBe(8_170_864_640)
  expect(count({hidden_size: 2048, intermediate_size: 8192})).toBe(2_533_539_840)
})

test.each([
  [{logits_scaling: 0}, 'logits_scaling must be a positive number, not 0'],
  [{embedding_multiplier: 'x'}, 'embedding_multiplier must be a number, not "x"'],
])('%j is refused', (change, message) => {
  expect(() => readConfig({...GRANITE_8B, ...change})).toThrow(`config.json: ${message}`)
})
