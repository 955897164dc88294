import {expect, test} from 'vitest'
import {type Numbers, relativeError, stored} from '../../test/adapters.ts'
import {type Feeds, JS, ONNX, run} from '../../test/engines.ts'
import {LLAMA, openCausal, parametersOf} from '../../test/llama.ts'
import {Fault} from '../engine/fault.ts'
import {type Data, size} from '../engine/program.ts'
import {linearCrossEntropy} from '../tensor/cross-entropy.ts'
import {random} from '../tensor/random.ts'
import type {Tensor, Tensor1D, Tensor2D} from '../tensor/tf.ts'
import * as tf from '../tensor/tf.ts'
import type {ModelConfig} from './config.ts'
import {nextTokens} from './layers.ts'
import {readConfig, shapes} from './llama.ts'
import {scope} from './scope.ts'

const NEEDED = {
  hidden_size: 64,
  intermediate_size: 172,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 100,
}
const SMOLLM2_135M = {
  ...NEEDED,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  vocab_size: 49152,
  tie_word_embeddings: true,
}
const LLAMA3_8B = {
  ...NEEDED,
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
}

test('what a config does not say is what LLaMA was', () => {
  expect(readConfig(NEEDED)).toEqual({
    hiddenSize: 64,
    intermediateSize: 172,
    layers: 2,
    heads: 4,
    kvHeads: 4,
    headSize: 16,
    vocabulary: 100,
    normEps: 1e-6,
    ropeTheta: 10000,
    ropeScaling: undefined,
    attentionBias: false,
    mlpBias: false,
    tied: false,
  })
})

test('what a config says is read', () => {
  const said = {
    ...NEEDED,
    num_key_value_heads: 2,
    head_dim: 24,
    rms_norm_eps: 1e-5,
    rope_theta: 500000,
    attention_bias: true,
    mlp_bias: true,
    tie_word_embeddings: true,
    hidden_act: 'silu',
  }
  expect(readConfig(said)).toMatchObject({
    kvHeads: 2,
    headSize: 24,
    normEps: 1e-5,
    ropeTheta: 500000,
    attentionBias: true,
    mlpBias: true,
    tied: true,
  })
})

test('a config that cannot be a LLaMA is refused, with the key and what would be right', () => {
  for (const key of Object.keys(NEEDED)) {
    expect(() => readConfig({...NEEDED, [key]: undefined})).toThrow(
      new Fault('input', `config.json: missing key: ${key}`),
    )
    expect(() => readConfig({...NEEDED, [key]: '64'})).toThrow(
      new Fault('input', `config.json: ${key} must be a positive integer, not "64"`),
    )
  }
  const refused: readonly [ModelConfig, string][] = [
    [{hidden_size: 62}, 'head_dim must be a positive integer, not 15.5'],
    [{hidden_size: 60}, 'head_dim must be even, not 15'],
    [{num_key_value_heads: 3}, 'num_attention_heads must be a multiple of 3 key heads, not 4'],
    [{hidden_act: 'gelu'}, 'hidden_act must be silu, not "gelu"'],
    [{tie_word_embeddings: 'yes'}, 'tie_word_embeddings must be true or false, not "yes"'],
    [{rms_norm_eps: '1e-5'}, 'rms_norm_eps must be a number, not "1e-5"'],
    [{rope_scaling: {rope_type: 'yarn'}}, 'unknown rope_scaling type: yarn; known: default, llama3'],
  ]
  for (const [change, message] of refused) {
    expect(() => readConfig({...NEEDED, ...change})).toThrow(new Fault('input', `config.json: ${message}`))
  }
})

test('the published models have as many parameters as published', () => {
  const count = (config: ModelConfig) =>
    Object.values(shapes(readConfig(config))).reduce((sum, shape) => sum + size(shape), 0)
  expect(count(LLAMA3_8B)).toBe(8_030_261_248)
  expect(count(SMOLLM2_135M)).toBe(134_515_008)
})

test('tensors are named as in the checkpoint, biases and head where the config has them', () => {
  const names = (config: ModelConfig) => Object.keys(shapes(readConfig(config)))
  const plain = names({...NEEDED, num_hidden_layers: 1, tie_word_embeddings: true})
  expect(plain).toEqual([
    'model.embed_tokens.weight',
    'model.layers.0.input_layernorm.weight',
    'model.layers.0.self_attn.q_proj.weight',
    'model.layers.0.self_attn.k_proj.weight',
    'model.layers.0.self_attn.v_proj.weight',
    'model.layers.0.self_attn.o_proj.weight',
    'model.layers.0.post_attention_layernorm.weight',
    'model.layers.0.mlp.gate_proj.weight',
    'model.layers.0.mlp.up_proj.weight',
    'model.layers.0.mlp.down_proj.weight',
    'model.norm.weight',
  ])
  const all = names({...NEEDED, num_hidden_layers: 1, attention_bias: true, mlp_bias: true})
  expect(all.filter(name => !plain.includes(name))).toEqual([
    ...['q_proj', 'k_proj', 'v_proj', 'o_proj'].map(name => `model.layers.0.self_attn.${name}.bias`),
    ...['gate_proj', 'up_proj', 'down_proj'].map(name => `model.layers.0.mlp.${name}.bias`),
    'lm_head.weight',
  ])
})

const [B, PROMPT, T] = [3, 6, 10]
const draw = random(1, 'ids')
const ids = {shape: [B, T], data: Int32Array.from({length: B * T}, () => draw.int(20))}
/** Row b begins with 0, 2 or 5 tokens of padding. */
const real = {
  shape: [B, T],
  data: Float32Array.from({length: B * T}, (_, i) => Number(i % T >= [0, 2, 5][(i / T) | 0])),
}
const part = ({data}: Numbers<Data>, from: number, to: number) =>
  ({shape: [B, to - from], data: data.filter((_, i) => i % T >= from && i % T < to)}) as Numbers<Data>

const LLAMAS = {
  'grouped heads, biases and an untied head': LLAMA,
  'a tied head and scaled rotary frequencies': {
    ...LLAMA,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
    rope_scaling: {
      rope_type: 'llama3',
      factor: 4,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 16,
    },
  },
}

for (const [title, config] of Object.entries(LLAMAS)) {
  for (const engine of [JS, ONNX]) {
    test(`reading a prompt and then token by token is reading all at once, with ${title}, on ${engine.name}`, async () => {
      const model = openCausal(config)
      const weights = Object.fromEntries(Object.entries(parametersOf(config)).map(([name, it]) => [name, stored(it)]))
      const build = (tensors: Readonly<Record<string, Tensor>>) => model.build(scope({tensors, trainable: []}))
      const {layers, kvHeads: K, headSize: D, vocabulary: V} = model.cache

      const {logits: whole} = await run(
        engine,
        ({ids, real}, tensors) => {
          const lm = build(tensors)
          const h = tf.reshape(lm.hidden(ids as Tensor2D, real as Tensor2D), [B * T, 16])
          return {logits: tf.matMul(h, lm.head, false, true)}
        },
        {ids, real},
        weights,
      )
      const wholeAt = (t: number) => whole.filter((_, i) => Math.floor(i / V) % T === t)

      const prompt = {ids: part(ids, 0, PROMPT), real: part(real, 0, PROMPT)}
      const read = await run(
        engine,
        ({ids, real}, tensors) => {
          const {logits, caches} = build(tensors).prefill(ids as Tensor2D, real as Tensor2D)
          const named = caches.flatMap(({keys, values}, i) => [
            [`keys${i}`, keys],
            [`values${i}`, values],
          ])
          return {logits, ...Object.fromEntries(named)}
        },
        prompt,
        weights,
      )
      expect(relativeError(read.logits, wholeAt(PROMPT - 1))).toBeLessThan(1e-5)

      const S = T + 2
      const cache = Object.fromEntries(
        Array.from({length: layers}, (_, i) => [`keys${i}`, `values${i}`])
          .flat()
          .map(name => [name, {shape: [B, K, S, D], data: new Float32Array(B * K * S * D).fill(7)}]),
      )
      const filled = {shape: [B, S], data: new Float32Array(B * S)}
      const remember = (columns: Record<string, Data>, from: number, count: number) => {
        for (const [name, {data}] of Object.entries(cache)) {
          for (let row = 0; row < B * K; row++) {
            const piece = columns[name].subarray(row * count * D, (row + 1) * count * D)
            data.set(piece, (row * S + from) * D)
          }
        }
        for (let b = 0; b < B; b++) {
          for (let t = from; t < from + count; t++) filled.data[b * S + t] = real.data[b * T + t]
        }
      }
      remember(read, 0, PROMPT)

      for (let t = PROMPT; t < T; t++) {
        const angles = model.cache.rotary(t, 1)
        const feeds: Feeds = {
          ...cache,
          ids: part(ids, t, t + 1),
          filled,
          cos: {shape: [1, D / 2], data: angles.cos},
          sin: {shape: [1, D / 2], data: angles.sin},
        }
        const next = await run(
          engine,
          ({ids, filled, cos, sin, ...past}, tensors) => {
            const caches = Array.from({length: layers}, (_, i) => ({
              keys: past[`keys${i}`],
              values: past[`values${i}`],
            }))
            const reading = build(tensors).decode(ids as Tensor2D, caches, filled as Tensor2D, {cos, sin})
            const named = reading.caches.flatMap(({keys, values}, i) => [
              [`keys${i}`, keys],
              [`values${i}`, values],
            ])
            return {logits: reading.logits, ...Object.fromEntries(named)}
          },
          feeds,
          weights,
        )
        expect(relativeError(next.logits, wholeAt(t)), `token ${t}`).toBeLessThan(1e-5)
        remember(next, t, 1)
      }
    })
  }
}

test('a text padded on the left is read as the text alone', async () => {
  const weights = Object.fromEntries(Object.entries(parametersOf(LLAMA)).map(([name, it]) => [name, stored(it)]))
  const hidden = async (feeds: Feeds) => {
    const {h} = await run(
      ONNX,
      ({ids, real}, tensors) => {
        const lm = openCausal(LLAMA).build(scope({tensors, trainable: []}))
        return {h: lm.hidden(ids as Tensor2D, real as Tensor2D | undefined)}
      },
      feeds,
      weights,
    )
    return h
  }
  const padded = await hidden({ids, real})
  for (const [row, padding] of [0, 2, 5].entries()) {
    const text = {shape: [1, T - padding], data: ids.data.slice(row * T + padding, (row + 1) * T)}
    const alone = await hidden({ids: text})
    expect(relativeError(padded.slice((row * T + padding) * 16, (row + 1) * T * 16), alone)).toBeLessThan(1e-5)
  }
})

for (const recompute of [false, true]) {
  const blocks = recompute ? 'blocks computed again' : 'blocks kept'
  test(`a training step of all parameters is the same on both engines, ${blocks}`, async () => {
    const parameters = parametersOf(LLAMA)
    const names = Object.keys(parameters)
    const labels = {...ids, data: ids.data.map((id, i) => (i % 4 === 1 ? -100 : id))}
    const step = ({ids, labels, ...tensors}: Readonly<Record<string, Tensor>>) => {
      const f = (...values: Tensor[]) => {
        const given = Object.fromEntries(names.map((name, i) => [name, values[i]]))
        const lm = openCausal(LLAMA).build(scope({tensors: given, trainable: names, recompute}))
        const h = tf.reshape(lm.hidden(ids as Tensor2D), [B * T, 16]) as Tensor2D
        return linearCrossEntropy(h, lm.head, nextTokens(labels as Tensor2D) as Tensor1D)
      }
      const {value, grads} = tf.valueAndGrads(f)(names.map(name => tensors[name]))
      return {loss: value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]]))}
    }
    const feeds = {ids, labels, ...parameters}
    const [expected, found] = [await run(JS, step, feeds), await run(ONNX, step, feeds)]
    expect(Math.abs(expected.loss[0] - Math.log(20))).toBeLessThan(2)
    for (const name of Object.keys(expected)) {
      expect(relativeError(found[name], expected[name]), name).toBeLessThan(1e-5)
    }
  })
}
