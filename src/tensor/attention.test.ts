import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError} from '../../test/models/adapters.ts'
import {expectGradients, JS, ONNX, run, traced} from '../../test/models/engines.ts'
import {attendPast, attention, HIDDEN} from './attention.ts'
import {random} from './random.ts'
import {type Tensor, tf} from './tf.ts'

interface Case {
  readonly B: number
  readonly H: number
  readonly K: number
  readonly T: number
  readonly D: number
  readonly causal: boolean
  readonly window?: number
  readonly scale?: number
  readonly cap?: number
  /** Row b begins with b tokens of padding. */
  readonly padded: boolean
}

const any = (name: string, ...shape: number[]) => normals(shape, random(1, `${name} ${shape}`))
const inputsOf = ({B, H, K, T, D}: Case) => [any('q', B, H, T, D), any('k', B, K, T, D), any('v', B, K, T, D)]

/** 1 at real tokens, (B, T). */
const realOf = ({B, T, padded}: Case) =>
  Float32Array.from({length: B * T}, (_, i) => Number(!padded || i % T >= Math.floor(i / T)))

/** Attention on the tensors of a case; what a padding token would have read counts for nothing. */
const attentionOf = (it: Case) => (q: Tensor, k: Tensor, v: Tensor) => {
  const {B, T, causal, window, scale, cap, padded} = it
  const real = tf.tensor2d(realOf(it), [B, T])
  const mask = padded ? tf.reshape(tf.mul(tf.sub(1, real), HIDDEN), [B, 1, 1, T]) : undefined
  return tf.mul(attention({q, k, v}, {causal, window, scale, cap, mask}), tf.reshape(real, [B, 1, T, 1]))
}

const VIEWS = {
  'all tokens': {causal: false, padded: false},
  'no later token': {causal: true, padded: false},
  'no padding': {causal: false, padded: true},
  'no later token and no padding': {causal: true, padded: true},
  'a window': {causal: true, window: 2, padded: false},
  'a window without padding': {causal: true, window: 2, padded: true},
  'a window on either side': {causal: false, window: 2, padded: true},
  'all tokens by capped scores': {causal: false, cap: 1.5, scale: 0.9, padded: false},
  'a window by capped scores': {causal: true, cap: 1.5, scale: 0.9, window: 2, padded: true},
}
const HEADS = {
  'a key head each': {H: 2, K: 2},
  'key heads for three': {H: 6, K: 2},
  'one key head for all': {H: 3, K: 1},
}

for (const [seen, view] of Object.entries(VIEWS)) {
  for (const [shared, heads] of Object.entries(HEADS)) {
    test(`attention to ${seen}, with ${shared}, is the formula, and its gradients are differences`, async () => {
      const it = {B: 2, T: 3, D: 2, ...heads, ...view}
      const {y, dy, ...gradients} = await expectGradients(attentionOf(it), inputsOf(it))
      const expected = formula(it, dy as Float32Array)
      expect(relativeError(y, expected.y)).toBeLessThan(1e-6)
      for (const name of ['dx0', 'dx1', 'dx2'] as const) {
        expect(relativeError(gradients[name], expected[name]), name).toBeLessThan(1e-5)
      }
    })
  }
}

for (const T of [127, 128, 129, 150]) {
  test(`a text of ${T} tokens, in stretches or not, is attended to by the formula`, async () => {
    const it = {B: 2, H: 2, K: 1, T, D: 4, causal: true, padded: T !== 150}
    const [q, k, v] = inputsOf(it)
    const dy = any('dy', 2, 2, T, 4)
    const expected = formula(it, dy.data)
    const step = ({q, k, v, dy}: Readonly<Record<string, Tensor>>) => {
      const [dx0, dx1, dx2] = tf.grads(attentionOf(it))([q, k, v], dy)
      return {y: attentionOf(it)(q, k, v), dx0, dx1, dx2}
    }
    for (const engine of T === 129 ? [JS, ONNX] : [ONNX]) {
      const found = await run(engine, step, {q, k, v, dy})
      for (const name of ['y', 'dx0', 'dx1', 'dx2'] as const) {
        expect(relativeError(found[name], expected[name]), `${name} on ${engine.name}`).toBeLessThan(5e-6)
      }
    }
  })
}

for (const window of [2, 30, 32, 64, 100, 149, 150, 200]) {
  test(`in a long text, a window of ${window} tokens is attended to by the formula`, async () => {
    const it = {B: 2, H: 2, K: 1, T: 150, D: 4, causal: true, window, padded: true}
    const [q, k, v] = inputsOf(it)
    const dy = any('dy', 2, 2, 150, 4)
    const expected = formula(it, dy.data)
    const step = ({q, k, v, dy}: Readonly<Record<string, Tensor>>) => {
      const [dx0, dx1, dx2] = tf.grads(attentionOf(it))([q, k, v], dy)
      return {y: attentionOf(it)(q, k, v), dx0, dx1, dx2}
    }
    const found = await run(ONNX, step, {q, k, v, dy})
    for (const name of ['y', 'dx0', 'dx1', 'dx2'] as const) {
      expect(relativeError(found[name], expected[name]), name).toBeLessThan(5e-6)
    }
  })
}

test('keys that are outside the windows of all queries of a stretch are not multiplied', () => {
  const shape = [1, 2, 512, 8]
  const bytes = (window?: number) =>
    traced(({q, k, v}) => ({y: attention({q, k, v}, {causal: true, window})}), {q: shape, k: shape, v: shape})
      .workingBytes
  expect(bytes(64)).toBeLessThan(0.7 * bytes())
})

test('stretches spare a third of the memory, though onnxruntime reuses few of their buffers', () => {
  const shape = [1, 2, 512, 8]
  const bytes = (causal: boolean) =>
    traced(({q, k, v}) => ({y: attention({q, k, v}, {causal})}), {q: shape, k: shape, v: shape}).workingBytes
  expect(bytes(true)).toBeLessThan(0.65 * bytes(false))
})

test('what a text of 8192 tokens hides is not written down: it is a few numbers a token', () => {
  const shape = [1, 1, 8192, 4]
  const step = ({q, k, v}: Readonly<Record<string, Tensor>>) => {
    const [dx0, dx1, dx2] = tf.grads((q, k, v) => attention({q, k, v}, {causal: true}))([q, k, v])
    return {dx0, dx1, dx2}
  }
  const {encode} = traced(step, {q: shape, k: shape, v: shape})
  expect(encode().length).toBeLessThan(40 * 8192)
})

test('large scores do not overflow', async () => {
  const it = {B: 1, H: 1, K: 1, T: 4, D: 2, causal: true, padded: false}
  const [q, k, v] = inputsOf(it)
  const large = ({shape, data}: Numbers) => ({shape, data: data.map(value => 1e4 * value)})
  for (const engine of [JS, ONNX]) {
    const {y} = await run(engine, ({q, k, v}) => ({y: attentionOf(it)(q, k, v)}), {q: large(q), k: large(k), v})
    expect(y.every(Number.isFinite)).toBe(true)
  }
})

test.each([
  ['', {}],
  [', by capped scores', {scale: 0.9, cap: 1.5}],
])('one more token, after a cache with holes, reads what it would have read in a whole text%s', async (_, scores) => {
  const it = {B: 2, H: 6, K: 2, T: 5, D: 4, causal: true, padded: true, ...scores}
  const {B, H, K, T, D} = it
  const inputs = inputsOf(it)
  const [S, places] = [7, [4, 0, 2, 6]] // where the cache holds the text's first four tokens
  const real = realOf(it)
  const [keys, values] = inputs.slice(1).map(({data}) => {
    const cache = new Float32Array(B * K * S * D).fill(9)
    for (let row = 0; row < B * K; row++) {
      for (const [t, place] of places.entries()) {
        cache.set(data.subarray((row * T + t) * D, (row * T + t + 1) * D), (row * S + place) * D)
      }
    }
    return {shape: [B, K, S, D], data: cache}
  })
  const mask = {shape: [B, 1, 1, S], data: new Float32Array(B * S).fill(HIDDEN)}
  for (let b = 0; b < B; b++)
    for (const [t, place] of places.entries()) if (real[b * T + t]) mask.data[b * S + place] = 0
  const [q, k, v] = inputs.map(({shape: [B, heads], data}) => ({
    shape: [B, heads, 1, D],
    data: Float32Array.from({length: B * heads * D}, (_, i) => data[(Math.floor(i / D) * T + T - 1) * D + (i % D)]),
  }))

  const whole = formula(it, new Float32Array(B * H * T * D)).y
  const last = Array.from({length: B * H * D}, (_, i) => whole[(Math.floor(i / D) * T + T - 1) * D + (i % D)])
  for (const engine of [JS, ONNX]) {
    const step = ({q, k, v, ...past}: Readonly<Record<string, Tensor>>) => ({
      y: attendPast({q, k, v}, {keys: past.keys, values: past.values, mask: past.mask}, scores),
    })
    const {y} = await run(engine, step, {q, k, v, keys, values, mask})
    expect(relativeError(y, last), engine.name).toBeLessThan(1e-6)
  }
})

/** softmax(q kᵀ · scale) v, capped or not, and its gradients for `dy`, one query at a time, in double precision. */
function formula(it: Case, dy: Float32Array) {
  const {B, H, K, T, D, causal, window = T, scale = 1 / Math.sqrt(D), cap} = it
  const [q, k, v] = inputsOf(it).map(({data}) => data)
  const real = realOf(it)
  const y = new Float64Array(q.length)
  const [dx0, dx1, dx2] = [q, k, v].map(({length}) => new Float64Array(length))
  const dot = (a: Float32Array, i: number, b: Float32Array, j: number) => {
    let sum = 0
    for (let d = 0; d < D; d++) sum += a[i * D + d] * b[j * D + d]
    return sum
  }
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const key = (j: number) => (b * K + Math.floor((h * K) / H)) * T + j
      for (let t = 0; t < T; t++) {
        if (!real[b * T + t]) continue
        const i = (b * H + h) * T + t
        const seen = [...Array(T).keys()].filter(
          j => real[b * T + j] && Math.abs(t - j) < window && (!causal || j <= t),
        )
        const products = seen.map(j => dot(q, i, k, key(j)) * scale)
        const scores = products.map(product => (cap ? cap * Math.tanh(product / cap) : product))
        const top = Math.max(...scores)
        const powers = scores.map(score => Math.exp(score - top))
        const total = powers.reduce((sum, power) => sum + power)
        const P = powers.map(power => power / total)
        const dP = seen.map(j => dot(dy, i, v, key(j)))
        const along = P.reduce((sum, p, n) => sum + p * dP[n], 0)
        for (const [n, j] of seen.entries()) {
          const slope = cap ? 1 - (scores[n] / cap) ** 2 : 1
          const dS = P[n] * (dP[n] - along) * slope * scale
          for (let d = 0; d < D; d++) {
            y[i * D + d] += P[n] * v[key(j) * D + d]
            dx0[i * D + d] += dS * k[key(j) * D + d]
            dx1[key(j) * D + d] += dS * q[i * D + d]
            dx2[key(j) * D + d] += P[n] * dy[i * D + d]
          }
        }
      }
    }
  }
  return {y, dx0, dx1, dx2}
}

test('dropped probabilities are dropped in the gradient too', async () => {
  const it = {B: 2, H: 4, K: 2, T: 3, D: 2, causal: false, padded: false}
  const kept = [1, 0, 1, 1, 1, 0, 0, 1, 1]
  const dropout = (P: Tensor) => tf.mul(P, tf.mul(tf.tensor4d(kept, [1, 1, 3, 3]), 1.5))
  const {y} = await expectGradients((q, k, v) => attention({q, k, v}, {dropout}), inputsOf(it))
  const {y: whole} = await run(JS, ({q, k, v}) => ({y: attention({q, k, v})}), {
    q: inputsOf(it)[0],
    k: inputsOf(it)[1],
    v: inputsOf(it)[2],
  })
  expect(relativeError(y, whole)).toBeGreaterThan(0.1)
})
