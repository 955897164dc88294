// The contract of every causal architecture.
import {expect, test} from 'vitest'
import {type Numbers, relativeError, stored} from '../../test/models/adapters.ts'
import {CAUSAL_LMS} from '../../test/models/causal-lms.ts'
import {type Feeds, JS, ONNX, run} from '../../test/models/engines.ts'
import {openCausal, parametersOf} from '../../test/models/llama.ts'
import type {Data, Named, Program} from '../engine/program.ts'
import {capLogits, linearCrossEntropy, nextTokens} from '../tensor/cross-entropy.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from '../tensor/tf.ts'
import type {LayerCache} from './causal-lm.ts'
import {scope} from './layers/scope.ts'

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

const NO_ANGLES = {cos: new Float32Array(1), sin: new Float32Array(1)}

const named = (caches: readonly LayerCache[]): Named<Tensor> =>
  Object.fromEntries(
    caches.flatMap(({keys, values}, i) => Object.entries({[`keys${i}`]: keys, [`values${i}`]: values})),
  )

for (const [title, config] of Object.entries(CAUSAL_LMS)) {
  const parameters = parametersOf(config)
  const weights = Object.fromEntries(Object.entries(parameters).map(([name, it]) => [name, stored(it)]))
  const model = openCausal(config)
  const build = (tensors: Named<Tensor>) => model.build(scope({tensors, trainable: []}))

  for (const engine of [JS, ONNX]) {
    test(`${title}: a prompt and then token by token is as all at once, on ${engine.name}`, async () => {
      const {layers, kvHeads: K, headSize: D, vocabulary: V} = model.cache
      const {logits: whole} = await run(
        engine,
        ({ids, real}, tensors) => {
          const lm = build(tensors)
          const h = tf.reshape(lm.hidden(ids as Tensor2D, real as Tensor2D), [B * T, 16])
          return {logits: capLogits(tf.matMul(h, lm.head, false, true), lm.logitCap)}
        },
        {ids, real},
        weights,
      )
      const wholeAt = (t: number) => whole.filter((_, i) => Math.floor(i / V) % T === t)

      const read = await run(
        engine,
        ({ids, real}, tensors) => {
          const {logits, caches} = build(tensors).prefill(ids as Tensor2D, real as Tensor2D)
          return {logits, ...named(caches)}
        },
        {ids: part(ids, 0, PROMPT), real: part(real, 0, PROMPT)},
        weights,
      )
      expect(relativeError(read.logits, wholeAt(PROMPT - 1))).toBeLessThan(1e-5)

      const S = T + 2
      const cache = Object.fromEntries(
        Array.from({length: layers}, (_, i) => [`keys${i}`, `values${i}`])
          .flat()
          .map(name => [name, new Float32Array(B * K * S * D).fill(7)]),
      )
      const filled = new Float32Array(B * S)
      const remember = (columns: Named<Data>, from: number, count: number) => {
        for (const [name, data] of Object.entries(cache)) {
          for (let row = 0; row < B * K; row++) {
            const piece = columns[name].subarray(row * count * D, (row + 1) * count * D)
            data.set(piece, (row * S + from) * D)
          }
        }
        for (let b = 0; b < B; b++) {
          for (let t = from; t < from + count; t++) filled[b * S + t] = real.data[b * T + t]
        }
      }
      remember(read, 0, PROMPT)

      const angles = {dtype: 'float32', shape: [1, model.cache.rotary?.(0, 1).cos.length ?? 1]} as const
      const past = Object.keys(cache).map(name => [name, {dtype: 'float32', shape: [B, K, S, D]} as const])
      const program: Program = await engine.compile(
        ({ids, filled, near, cos, sin, ...past}, tensors) => {
          const caches = Array.from({length: layers}, (_, i) => ({keys: past[`keys${i}`], values: past[`values${i}`]}))
          const column = {cos, sin, near: near as Tensor2D}
          const reading = build(tensors).decode(ids as Tensor2D, caches, filled as Tensor2D, column)
          return {logits: reading.logits, ...named(reading.caches)}
        },
        {
          inputs: {
            ids: {dtype: 'int32', shape: [B, 1]},
            filled: {dtype: 'float32', shape: [B, S]},
            near: {dtype: 'float32', shape: [B, S]},
            cos: angles,
            sin: angles,
            ...Object.fromEntries(past),
          },
          weights,
        },
      )
      for (let t = PROMPT; t < T; t++) {
        const {data} = part(ids, t, t + 1)
        const near = filled.map((value, i) => (i % S > t - (model.cache.window?.size ?? T) ? value : 0))
        const next = await program.run({
          ids: data,
          filled,
          near,
          ...(model.cache.rotary?.(t, 1) ?? NO_ANGLES),
          ...cache,
        })
        expect(relativeError(next.logits, wholeAt(t)), `token ${t}`).toBeLessThan(1e-5)
        remember(next, t, 1)
      }
      await program.dispose()
    })
  }

  test(`${title}: a text padded on the left is read as the text alone`, async () => {
    const hidden = async (feeds: Feeds) => {
      const step = ({ids, real}: Named<Tensor>, tensors: Named<Tensor>) => ({
        h: build(tensors).hidden(ids as Tensor2D, real as Tensor2D | undefined),
      })
      return (await run(ONNX, step, feeds, weights)).h
    }
    const padded = await hidden({ids, real})
    for (const [row, padding] of [0, 2, 5].entries()) {
      const text = {shape: [1, T - padding], data: ids.data.slice(row * T + padding, (row + 1) * T)}
      const alone = await hidden({ids: text})
      expect(relativeError(padded.slice((row * T + padding) * 16, (row + 1) * T * 16), alone)).toBeLessThan(1e-5)
    }
  })

  test(`${title}: a training step of all parameters is the same on both engines, its blocks stored or recomputed`, async () => {
    const names = Object.keys(parameters)
    const labels = {...ids, data: ids.data.map((id, i) => (i % 4 === 1 ? -100 : id))}
    const learn =
      (recompute: boolean) =>
      ({ids, labels, ...tensors}: Named<Tensor>) => {
        const f = (...values: Tensor[]) => {
          const given = Object.fromEntries(names.map((name, i) => [name, values[i]]))
          const lm = model.build(scope({tensors: given, trainable: names, recompute}))
          const h = tf.reshape(lm.hidden(ids as Tensor2D), [B * T, 16]) as Tensor2D
          return linearCrossEntropy(h, lm.head, nextTokens(labels as Tensor2D) as Tensor1D, {cap: lm.logitCap})
        }
        const {value, grads} = tf.valueAndGrads(f)(names.map(name => tensors[name]))
        return {loss: value, ...Object.fromEntries(names.map((name, i) => [name, grads[i]]))}
      }
    const feeds = {ids, labels, ...parameters}
    const expected = await run(JS, learn(false), feeds)
    expect(Math.abs(expected.loss[0] - Math.log(20))).toBeLessThan(2)
    for (const [engine, recompute] of [[ONNX, false] as const, [JS, true] as const, [ONNX, true] as const]) {
      const found = await run(engine, learn(recompute), feeds)
      for (const name of Object.keys(expected)) {
        expect(relativeError(found[name], expected[name]), `${name} on ${engine.name}`).toBeLessThan(1e-5)
      }
    }
  })

  test(`${title}: it reads the tensors that it names, and no others`, async () => {
    const accessed = new Set<string>()
    const watched = (tensors: Named<Tensor>) =>
      new Proxy(tensors, {
        get(all, name: string) {
          accessed.add(name)
          return all[name]
        },
      })
    await run(ONNX, ({ids}, tensors) => ({h: build(watched(tensors)).hidden(ids as Tensor2D)}), {ids}, weights)
    expect([...accessed].sort()).toEqual(Object.keys(model.shapes).sort())
  })
}
