// The gradient of the padding token's embedding, as torch's padding_idx leaves it out.
import {expect, test} from 'vitest'
import {CAUSAL_LMS} from '../../test/models/causal-lms.ts'
import {classifierNumbers, SEQUENCE_MODELS} from '../../test/models/classifiers.ts'
import {ONNX, run} from '../../test/models/engines.ts'
import {parametersOf} from '../../test/models/llama.ts'
import type {Named} from '../engine/program.ts'
import {type Scalar, type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import type {ModelConfig} from './config.ts'
import {scope} from './layers/scope.ts'
import {openModel} from './open-model.ts'

/** The embedding of tokens, and of positions that are counted from the padding token's id. */
const EMBEDDINGS = /(embed_tokens|embed_in|wte|word_embeddings|tok_embeddings|position_embeddings)\.weight$/

/** The gradients of the embeddings in the sum of the last block's output weighted by its index. */
async function gradients(config: ModelConfig, tokens: readonly number[]): Promise<Record<string, Float32Array>> {
  const model = openModel(config)
  const parameters = model.task === 'causal-lm' ? parametersOf(config) : classifierNumbers(config)
  const names = Object.keys(parameters).filter(name => EMBEDDINGS.test(name))
  const ids = {shape: [1, tokens.length], data: Int32Array.from(tokens)}
  const step = ({ids, ...tensors}: Named<Tensor>) => {
    const f = (...values: Tensor[]) => {
      const given = {...tensors, ...Object.fromEntries(names.map((name, i) => [name, values[i]]))}
      const top = scope({tensors: given, trainable: names})
      const text = ids as Tensor2D
      if (model.task === 'image-classification') throw new Error('images have no padding')
      const h = model.build(top).hidden(text, tf.fill(text.shape, 1, 'int32') as Tensor2D)
      return tf.sum(tf.mul(tf.reshape(h, [h.size]), tf.range(0, h.size))) as Scalar
    }
    const {grads} = tf.valueAndGrads(f)(names.map(name => tensors[name]))
    return Object.fromEntries(names.map((name, i) => [name, grads[i]]))
  }
  return (await run(ONNX, step, {ids, ...parameters})) as Record<string, Float32Array>
}

const row = (gradient: Float32Array, {embedding_size, hidden_size, n_embd, dim}: ModelConfig, id: number) => {
  const size = Number(embedding_size ?? hidden_size ?? n_embd ?? dim)
  return gradient.slice(id * size, (id + 1) * size)
}

const TEXT_MODELS: Readonly<Record<string, ModelConfig>> = {...CAUSAL_LMS, ...SEQUENCE_MODELS}

for (const [title, given] of Object.entries(TEXT_MODELS)) {
  const config = {...given, pad_token_id: 3}
  const trains = /^gpt/.test(String(given.model_type))

  test(`${title}: the embedding of padding within a text ${trains ? 'trains' : 'does not train'}`, async () => {
    for (const [name, gradient] of Object.entries(await gradients(config, [5, 3, 7, 6]))) {
      if (name.includes('position') && !/roberta/.test(name)) continue
      expect(
        row(gradient, config, 3).some(value => value !== 0),
        name,
      ).toBe(trains)
      expect(
        row(gradient, config, 5).some(value => value !== 0),
        name,
      ).toBe(true)
    }
  })

  if (!/roberta/.test(String(given.model_type)))
    test(`${title}: the gradient of a text without padding is the same to the bit`, async () => {
      const none = {...given, pad_token_id: null}
      expect(await gradients(config, [5, 4, 7, 6])).toEqual(await gradients(none, [5, 4, 7, 6]))
    })
}

test.each(['bert', 'deberta-v2', 'distilbert', 'electra', 'gemma', 'gemma2', 'gemma3_text'])(
  '%s: padding is token 0 in a config without its key',
  async type => {
    const config = Object.values(TEXT_MODELS).find(({model_type}) => model_type === type) ?? {}
    const found = await gradients({...config, pad_token_id: undefined}, [5, 0, 7, 6])
    const [gradient] = Object.keys(found).flatMap(name => (name.includes('position') ? [] : [found[name]]))
    expect([0, 5].map(id => row(gradient, config, id).some(value => value !== 0))).toEqual([false, true])
  },
)
