import {expect, test} from 'vitest'
import {ELECTRA} from '../../../test/models/classifiers.ts'
import {Fault} from '../../base/fault.ts'
import {totalSize} from '../../engine/program.ts'
import type {ModelConfig} from '../config.ts'
import {openModel} from '../open-model.ts'
import {readConfig} from './electra.ts'

test('keys that a config lacks take the values of transformers', () => {
  expect(readConfig({num_labels: 2})).toMatchObject({
    embeddingSize: 128,
    hiddenSize: 256,
    intermediateSize: 1024,
    layers: 12,
    heads: 4,
    vocabulary: 30522,
    types: 2,
    positions: 512,
    normEps: 1e-12,
    dropout: {hidden: 0.1, attention: 0.1, classifier: 0.1},
  })
})

test('embeddings are projected only to another hidden size', () => {
  const projection = (embedding_size: number) =>
    openModel({...ELECTRA, embedding_size}).shapes['electra.embeddings_project.weight']
  expect(projection(8)).toEqual([12, 8])
  expect(projection(12)).toBeUndefined()
})

test('the small and the base discriminator have as many parameters as in transformers', () => {
  const base = {embedding_size: 768, hidden_size: 768, intermediate_size: 3072, num_attention_heads: 12}
  const count = (config: ModelConfig) => totalSize(openModel({model_type: 'electra', num_labels: 2, ...config}).shapes)
  expect(count({})).toBe(13_549_314)
  expect(count(base)).toBe(109_483_778)
})

test('dropout of embeddings has their size', () => {
  const model = openModel(ELECTRA)
  if (!('labels' in model)) throw new Error('not a classifier')
  expect(model.drops(2, 4)['electra.embeddings.dropout']).toEqual({rate: 0.1, shape: [8, 8]})
})

test('configs that are not implemented are refused', () => {
  const refused: readonly [ModelConfig, string][] = [
    [{is_decoder: true}, 'is_decoder must be false: decoders are not supported'],
    [{position_embedding_type: 'relative_key'}, 'position_embedding_type must be absolute, not "relative_key"'],
    [{embedding_size: 0}, 'embedding_size must be a positive integer, not 0'],
    [{num_attention_heads: 5}, 'hidden_size must be a multiple of 5 heads, not 12'],
  ]
  for (const [change, message] of refused)
    expect(() => openModel({...ELECTRA, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
})
