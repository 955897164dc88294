// The contract of every classifier.
import {expect, test} from 'vitest'
import {relativeError} from '../../test/models/adapters.ts'
import {
  BERT,
  classifierNumbers,
  classifierWeights,
  DEBERTA,
  IMAGE_MODELS,
  openImages,
  openTexts,
  ROBERTA,
  SEQUENCE_MODELS,
  VIT,
} from '../../test/models/classifiers.ts'
import {JS, ONNX, run} from '../../test/models/engines.ts'
import {type Named, size, totalSize} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import type {ModelConfig} from './config.ts'
import {scope} from './layers/scope.ts'
import {openModel} from './open-model.ts'

/** Texts of 9 and 6 tokens, padded to T. */
function texts(T: number) {
  const draw = random(1, 'ids')
  const [ids, real, types] = [new Int32Array(2 * T), new Int32Array(2 * T), new Int32Array(2 * T)]
  for (const [row, length] of [9, 6].entries()) {
    for (let t = 0; t < length; t++) {
      ids[row * T + t] = draw.int(20)
      real[row * T + t] = 1
      types[row * T + t] = Number(t > 3)
    }
  }
  const feed = (data: Int32Array) => ({shape: [2, T], data})
  return {ids: feed(ids), real: feed(real), types: feed(types)}
}

function pixels(config: ModelConfig) {
  const draw = random(1, 'pixels')
  const shape = [2, ...openImages(config).image]
  return {pixels: {shape, data: Float32Array.from({length: size(shape)}, () => draw.normal())}}
}

/** The logits of a small model on its feeds. */
function logitsOf(config: ModelConfig, feeds: Named<Tensor>, at: ReturnType<typeof scope>): Tensor2D {
  const {ids, real, types, pixels} = feeds as Named<Tensor2D>
  return pixels ? openImages(config).build(at).logits(pixels) : openTexts(config).build(at).logits(ids, real, types)
}

const ALL = {...SEQUENCE_MODELS, ...IMAGE_MODELS}
const feedsOf = (config: ModelConfig) => ('image_size' in config ? pixels(config) : texts(12))

for (const [title, config] of Object.entries(ALL)) {
  test(`${title}: both engines answer the same, and every tensor has a gradient, blocks computed once or twice`, async () => {
    const numbers = classifierNumbers(config)
    const names = Object.keys(numbers)
    const step = (recompute: boolean) => (all: Named<Tensor>) => {
      const grads = tf.grads((...values: Tensor[]) => {
        const tensors = Object.fromEntries(names.map((name, i) => [name, values[i]]))
        return tf.sum(tf.square(logitsOf(config, all, scope({tensors, trainable: names, recompute}))))
      })
      return Object.fromEntries(grads(names.map(name => all[name])).map((grad, i) => [names[i], grad]))
    }
    const all = {...feedsOf(config), ...numbers}
    const [slow, fast, again] = [
      await run(JS, step(false), all),
      await run(ONNX, step(false), all),
      await run(ONNX, step(true), all),
    ]
    const largest = Math.max(...names.map(name => Math.max(...slow[name].map(Math.abs))))
    for (const name of names) {
      const differs = (other: typeof slow) =>
        Math.max(...slow[name].map((value, i) => Math.abs(value - other[name][i])))
      expect(differs(fast) / largest, name).toBeLessThan(1e-5)
      expect(differs(again) / largest, name).toBeLessThan(1e-5)
      if (!/\.k(ey\w*|_lin)\.bias$/.test(name))
        expect(
          slow[name].some(value => value !== 0),
          name,
        ).toBe(true)
    }
  })
}

for (const [title, config] of Object.entries(SEQUENCE_MODELS)) {
  test(`${title}: padding counts for nothing, and hidden states need no head`, async () => {
    const {pooler, ...weights} = classifierWeights(config)
    const answers = async (T: number) =>
      run(
        ONNX,
        (feeds, tensors) => {
          const {ids, real, types} = feeds as Named<Tensor2D>
          const bare = Object.fromEntries(
            Object.entries(tensors).filter(([name]) => !/^(pooler|classifier)/.test(name)),
          )
          const h = openTexts(config)
            .build(scope({tensors: bare, trainable: []}))
            .hidden(ids, real, types)
          return {
            logits: logitsOf(config, feeds, scope({tensors, trainable: []})),
            h: tf.reshape(tf.slice(h, [0, 0, 0], [1, 9, 12]), [9, 12]),
          }
        },
        texts(T),
        weights,
      )
    const [short, long] = [await answers(9), await answers(16)]
    expect(relativeError(long.logits, short.logits)).toBeLessThan(1e-5)
    expect(relativeError(long.h, short.h)).toBeLessThan(1e-5)
  })

  test(`${title}: without types a text is of type 0`, async () => {
    const {ids, real} = texts(9)
    const {with: given, without} = await run(
      ONNX,
      (feeds, tensors) => {
        const at = scope({tensors, trainable: []})
        const none = tf.zeros([2, 9], 'int32')
        return {with: logitsOf(config, {...feeds, types: none}, at), without: logitsOf(config, feeds, at)}
      },
      {ids, real},
      classifierWeights(config),
    )
    expect(relativeError(without, given)).toBeLessThan(1e-6)
  })
}

const V3_BASE: ModelConfig = {
  ...DEBERTA,
  vocab_size: 128100,
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  max_position_embeddings: 512,
  position_buckets: 256,
  conv_kernel_size: 0,
  num_labels: undefined,
}

test('the published models have as many parameters as in transformers', () => {
  const vit = {model_type: 'vit', image_size: 224, patch_size: 16, num_labels: 100}
  const large = {hidden_size: 1024, intermediate_size: 4096, num_hidden_layers: 24, num_attention_heads: 16}
  const xlarge = {...large, hidden_size: 1536, intermediate_size: 6144, num_attention_heads: 24}
  const bert = {...V3_BASE, model_type: 'bert', vocab_size: 30522}
  expect(totalSize(openModel(V3_BASE).shapes)).toBe(184_423_682)
  expect(totalSize(openModel({...V3_BASE, ...xlarge, conv_kernel_size: 3}).shapes)).toBe(886_957_058)
  expect(totalSize(openModel(bert).shapes)).toBe(109_483_778)
  const roberta = {...bert, model_type: 'roberta', vocab_size: 50265, max_position_embeddings: 514, type_vocab_size: 1}
  expect(totalSize(openModel(roberta).shapes)).toBe(124_647_170)
  expect(totalSize(openModel({...roberta, model_type: 'xlm-roberta', vocab_size: 250002}).shapes)).toBe(278_045_186)
  expect(totalSize(openModel(vit).shapes)).toBe(85_875_556)
  expect(totalSize(openModel({...vit, ...large}).shapes)).toBe(303_404_132)
})

test('a fresh head has the number of labels that the options give', () => {
  for (const config of [BERT, DEBERTA, VIT]) {
    const model = openModel(config, {labels: 7})
    expect(model.shapes['classifier.weight']).toEqual([7, 12])
    expect(model).toMatchObject({labels: 7})
  }
  expect(openModel(ROBERTA, {labels: 7}).shapes['classifier.out_proj.weight']).toEqual([7, 12])
  const normal = {deviation: 0.02, within: Number.POSITIVE_INFINITY}
  expect(openTexts(DEBERTA).head).toEqual({paths: ['pooler.dense', 'classifier'], ...normal})
  expect(openImages(VIT).head).toEqual({paths: ['classifier'], ...normal})
})

test('the dropout layers are those whose rates in the config are above 0', () => {
  const {drops} = openTexts({...DEBERTA, attention_probs_dropout_prob: 0.2, pooler_dropout: 0, num_hidden_layers: 1})
  const [B, T] = [2, 4]
  expect(drops(B, T)).toEqual({
    'deberta.embeddings.dropout': {rate: 0.1, shape: [8, 12]},
    'deberta.encoder.layer.0.attention.self.pos_dropout': {rate: 0.1, shape: [7, 12]},
    'deberta.encoder.layer.0.attention.self.dropout': {rate: 0.2, shape: [24, 4]},
    'deberta.encoder.layer.0.attention.output.dropout': {rate: 0.1, shape: [8, 12]},
    'deberta.encoder.layer.0.output.dropout': {rate: 0.1, shape: [8, 12]},
    'deberta.encoder.conv.dropout': {rate: 0.1, shape: [8, 12]},
    dropout: {rate: 0.1, shape: [2, 12]},
  })
  expect(openImages(VIT).drops(2, 1)).toEqual({})
  expect(
    openTexts({...ROBERTA, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0, classifier_dropout: 0.3}).drops(
      B,
      T,
    ),
  ).toEqual({
    'classifier.dense.dropout': {rate: 0.3, shape: [2, 12]},
    'classifier.out_proj.dropout': {rate: 0.3, shape: [2, 12]},
  })
})
