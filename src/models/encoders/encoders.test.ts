// The configs of encoders: how they are read, and which are refused.
import {expect, test} from 'vitest'
import {
  BERT,
  classifierWeights,
  DEBERTA,
  openImages,
  openTexts,
  ROBERTA,
  VIT,
} from '../../../test/models/classifiers.ts'
import {ONNX, run} from '../../../test/models/engines.ts'
import {Fault} from '../../base/fault.ts'
import type {Named} from '../../engine/program.ts'
import type {Tensor, Tensor2D} from '../../tensor/tf.ts'
import {scope} from '../layers/scope.ts'
import {openModel} from '../open-model.ts'
import {readConfig as readDeberta} from './deberta-config.ts'
import {readConfig as readRoberta} from './roberta.ts'
import {readConfig as readVit} from './vit.ts'

const refused = (config: object, message: string) =>
  expect(() => openModel({...config})).toThrow(new Fault('input', `config.json: ${message}`))

test('the config of a published DeBERTa v3 is read, and missing keys take the defaults of transformers', () => {
  const {relative, ...config} = readDeberta(DEBERTA)
  expect(relative).toEqual({buckets: 6, farthest: 32})
  expect(config).toMatchObject({
    toPosition: true,
    toContent: true,
    sharedKey: true,
    relativeNorm: true,
    longest: undefined,
    embeddingSize: 12,
    types: 0,
    activation: 'gelu',
    poolerActivation: 'gelu',
    normEps: 1e-7,
    convolution: {size: 3, groups: 1, activation: 'tanh'},
    dropout: {hidden: 0.1, attention: 0.1, pooler: 0, classifier: 0.1},
  })
  const {relative_attention, position_biased_input, pos_att_type, ...rest} = DEBERTA
  expect(readDeberta(rest)).toMatchObject({
    relative: undefined,
    longest: 32,
    toPosition: false,
    toContent: false,
  })
})

test('the positions of RoBERTa begin after the id of its padding token, and its missing keys take the defaults of transformers', () => {
  expect(readRoberta(ROBERTA)).toMatchObject({pad: 1, positions: 18, longest: 16, types: 1, normEps: 1e-12})
  const {type_vocab_size, pad_token_id, max_position_embeddings, ...rest} = ROBERTA
  expect(readRoberta(rest)).toMatchObject({pad: 1, positions: 512, longest: 510, types: 2, activation: 'gelu'})
  expect(readRoberta({...ROBERTA, pad_token_id: 0}).longest).toBe(17)
  expect(openTexts(ROBERTA).types).toBe(0)
  expect(openTexts({...ROBERTA, type_vocab_size: 2}).types).toBe(2)
})

test('relative positions reach as far as max_relative_positions, or else as far as texts', () => {
  const reach = (changes: object) => readDeberta({...DEBERTA, ...changes}).relative
  expect(reach({max_relative_positions: 9, position_buckets: -1})).toEqual({buckets: 0, farthest: 9})
  for (const max_relative_positions of [-1, 0])
    expect(reach({max_relative_positions})).toEqual({buckets: 6, farthest: 32})
  const rows = (changes: object) => openModel({...DEBERTA, ...changes}).shapes['deberta.encoder.rel_embeddings.weight']
  expect(rows({})).toEqual([12, 12])
  expect(rows({position_buckets: -1})).toEqual([64, 12])
})

test('the sides of images and patches are one number or two, and a rest of the image is not read', () => {
  const {image, patch} = readVit({...VIT, patch_size: [2, 3]})
  expect([image, patch]).toEqual([
    [4, 7],
    [2, 3],
  ])
  expect(openImages(VIT).tokens).toBe(1 + 2 * 3)
  expect(readVit({...VIT, image_size: 8}).image).toEqual([8, 8])
  refused({...VIT, image_size: [4, 7, 3]}, 'image_size must be one positive integer or two, not [4,7,3]')
  refused({...VIT, patch_size: 5}, 'image_size must hold a patch of 5 × 5, not 4 × 7')
})

test('query, key and value may have no biases', () => {
  const {shapes} = openModel({...VIT, qkv_bias: false})
  expect(Object.keys(shapes).filter(name => /(query|key|value)\.bias$/.test(name))).toEqual([])
  expect(shapes['vit.encoder.layer.0.attention.output.dense.bias']).toEqual([12])
})

test('configs that no published checkpoint has, or that cannot be computed, are refused', () => {
  for (const config of [BERT, DEBERTA, ROBERTA, VIT])
    refused({...config, num_attention_heads: 5}, 'hidden_size must be a multiple of 5 heads, not 12')
  refused(
    {...BERT, position_embedding_type: 'relative_key'},
    'position_embedding_type must be absolute, not "relative_key"',
  )
  for (const config of [BERT, ROBERTA])
    refused({...config, is_decoder: true}, 'is_decoder must be false: decoders are not supported')
  for (const config of [BERT, ROBERTA, DEBERTA, VIT])
    refused({...config, is_causal: true}, 'is_causal must be false, not true')
  refused({...ROBERTA, pad_token_id: null}, 'pad_token_id must be an integer of 0 or more, not null')
  refused({...ROBERTA, pad_token_id: 17}, 'max_position_embeddings must be above pad_token_id + 1 = 18, not 18')
  refused({...BERT, hidden_dropout_prob: 1}, 'hidden_dropout_prob must be from 0 to below 1, not 1')
  refused({...DEBERTA, conv_kernel_size: 4}, 'conv_kernel_size must be odd, not 4')
  refused({...DEBERTA, conv_kernel_size: -1}, 'conv_kernel_size must be an integer of 0 or more, not -1')
  refused({...DEBERTA, attention_head_size: 6}, 'attention_head_size must be hidden_size / heads, 4')
  refused({...DEBERTA, pos_att_type: 3}, 'pos_att_type must be words such as c2p|p2c, not 3')
  refused({...DEBERTA, position_buckets: 1}, 'position_buckets must be at least 2, not 1')
  refused(
    {...DEBERTA, position_buckets: 8, max_relative_positions: 5},
    'max_relative_positions must not be position_buckets / 2 + 1 = 5, where far buckets are infinite',
  )
  refused({...DEBERTA, conv_groups: 5}, 'conv_groups must divide hidden_size 12, not 5')
})

test('a text with more tokens than the model has positions is refused', async () => {
  const ids = {shape: [1, 17], data: new Int32Array(17)}
  for (const config of [BERT, ROBERTA]) {
    const step = ({ids}: Named<Tensor>, tensors: Named<Tensor>) => ({
      h: openTexts(config)
        .build(scope({tensors, trainable: []}))
        .hidden(ids as Tensor2D, ids as Tensor2D),
    })
    await expect(run(ONNX, step, {ids}, classifierWeights(config))).rejects.toThrow(
      new Fault('input', 'the model reads texts of at most 16 tokens, not 17'),
    )
  }
})

test('keys that the config of a ViT lacks take the values of transformers, whatever its hidden size', () => {
  for (const hidden_size of [768, 1536])
    expect(readVit({hidden_size, num_labels: 2})).toMatchObject({
      hiddenSize: hidden_size,
      intermediateSize: 3072,
      layers: 12,
      heads: 12,
      image: [224, 224],
      patch: [16, 16],
      channels: 3,
      normEps: 1e-12,
    })
})
