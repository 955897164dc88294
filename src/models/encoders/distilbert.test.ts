import {expect, test} from 'vitest'
import {DISTILBERT} from '../../../test/models/classifiers.ts'
import {Fault} from '../../base/fault.ts'
import {totalSize} from '../../engine/program.ts'
import type {ModelConfig} from '../config.ts'
import {openModel} from '../open-model.ts'
import {readConfig} from './distilbert.ts'

test('keys that a config lacks take the values of transformers', () => {
  expect(readConfig({num_labels: 2})).toEqual({
    hiddenSize: 768,
    intermediateSize: 3072,
    layers: 6,
    heads: 12,
    vocabulary: 30522,
    positions: 512,
    padding: 0,
    activation: 'gelu',
    labels: 2,
    dropout: {hidden: 0.1, attention: 0.1, classifier: 0.2},
  })
})

test('the names that other models have for its keys are read too, and first', () => {
  const other = {hidden_size: 24, num_hidden_layers: 3, num_attention_heads: 2}
  expect(readConfig({...DISTILBERT, ...other})).toMatchObject({hiddenSize: 24, layers: 3, heads: 2})
})

test('distilbert-base-uncased with a head for two classes has as many parameters as in transformers', () => {
  expect(totalSize(openModel({model_type: 'distilbert'}).shapes)).toBe(66_955_010)
})

test('configs that cannot be computed are refused', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{n_heads: 5}, 'dim must be a multiple of 5 heads, not 12'],
    [{n_layers: 1001}, 'n_layers must be at most 1000, not 1001'],
    [{activation: 'mish'}, 'activation must be gelu or '],
    [{seq_classif_dropout: 1}, 'seq_classif_dropout must be from 0 to below 1, not 1'],
    [{pad_token_id: 20}, 'pad_token_id must be null or an integer from -20 to 19, as vocab_size is 20, not 20'],
    [{is_causal: true}, 'is_causal must be false, not true'],
  ]
  for (const [change, message] of refused) {
    expect(() => openModel({...DISTILBERT, ...change})).toThrow(Fault)
    expect(() => openModel({...DISTILBERT, ...change})).toThrow(`config.json: ${message}`)
  }
})
