import {expect, test} from 'vitest'
import {normals, relativeError} from '../../test/models/adapters.ts'
import {expectGradients, JS, ONNX, run, traced} from '../../test/models/engines.ts'
import {HIDDEN} from './attention.ts'
import {type DisentangledOptions, disentangled} from './disentangled.ts'
import {random} from './random.ts'
import {type Tensor, tf} from './tf.ts'

const [B, H, D] = [2, 2, 2]
const SCALE = 0.4
const any = (name: string, ...shape: number[]) => normals(shape, random(1, name))
const inputsOf = (T: number) => [
  any('q', B, H, T, D),
  any('k', B, H, T, D),
  any('v', B, H, T, D),
  any('K', H, 2 * T - 1, D),
  any('Q', H, 2 * T - 1, D),
]

/** Row b ends with b tokens of padding. */
const maskOf = (T: number) =>
  tf.tensor4d(
    Float32Array.from({length: B * T}, (_, i) => (i % T < T - Math.floor(i / T) || T === 1 ? 0 : HIDDEN)),
    [B, 1, 1, T],
  )

/** The same, entry by entry: score (i, j) reads position keys at j − i and position queries at i − j. */
function formula([q, k, v, K, Q]: ReturnType<typeof inputsOf>, T: number, {toPosition = true, toContent = true}) {
  const out: number[] = []
  const row = ({data}: {data: Float32Array}, at: number) => [...data.subarray(at * D, at * D + D)]
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0)
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < H; h++) {
      const at = (b * H + h) * T
      for (let i = 0; i < T; i++) {
        const seen = T === 1 ? 1 : T - b
        const powers = Array.from({length: seen}, (_, j) => {
          let score = dot(row(q, at + i), row(k, at + j))
          if (toPosition) score += dot(row(q, at + i), row(K, h * (2 * T - 1) + j - i + T - 1))
          if (toContent) score += dot(row(k, at + j), row(Q, h * (2 * T - 1) + i - j + T - 1))
          return Math.exp(score * SCALE)
        })
        const total = powers.reduce((sum, power) => sum + power, 0)
        for (let d = 0; d < D; d++)
          out.push(powers.reduce((sum, power, j) => sum + (power / total) * row(v, at + j)[d], 0))
      }
    }
  }
  return out
}

for (const T of [2, 3]) {
  test(`${T} tokens: scores of content and of positions are the formula’s, and gradients are differences`, async () => {
    const given = inputsOf(T)
    const both = (q: Tensor, k: Tensor, v: Tensor, K: Tensor, Q: Tensor) =>
      disentangled({q, k, v}, {positionKeys: K, positionQueries: Q, scale: SCALE, mask: maskOf(T)})
    const {y} = await expectGradients(both, given)
    expect(relativeError(y, formula(given, T, {}))).toBeLessThan(1e-5)
  })
}

test('a single token reads itself, and its scores have no slope', async () => {
  const [q, k, v, K, Q] = inputsOf(1)
  const f = (q: Tensor, K: Tensor, Q: Tensor, k: Tensor, v: Tensor) =>
    disentangled({q, k, v}, {positionKeys: K, positionQueries: Q, scale: SCALE, mask: maskOf(1)})
  for (const engine of [JS, ONNX]) {
    const {y, ...gradients} = await run(
      engine,
      ({q, k, v, K, Q}) => {
        const [dq, dK, dQ] = tf.grads((q, K, Q) => f(q, K, Q, k, v))([q, K, Q])
        return {y: f(q, K, Q, k, v), dq, dK, dQ}
      },
      {q, k, v, K, Q},
    )
    expect(y).toEqual(v.data)
    for (const gradient of Object.values(gradients)) for (const value of gradient) expect(value).toBeCloseTo(0, 6)
  }
})

const PARTS = {
  'position keys alone': {toPosition: true, toContent: false},
  'position queries alone': {toPosition: false, toContent: true},
  'content alone': {toPosition: false, toContent: false},
}
for (const [title, parts] of Object.entries(PARTS)) {
  test(`${title} are the formula’s, and gradients are differences`, async () => {
    const T = 3
    const given = inputsOf(T)
    const some = [...given.slice(0, 3), ...(parts.toPosition ? [given[3]] : parts.toContent ? [given[4]] : [])]
    const f = (q: Tensor, k: Tensor, v: Tensor, place?: Tensor) =>
      disentangled(
        {q, k, v},
        {
          scale: SCALE,
          mask: maskOf(T),
          ...(parts.toPosition ? {positionKeys: place} : parts.toContent ? {positionQueries: place} : {}),
        },
      )
    const {y} = await expectGradients(f as never, some)
    expect(relativeError(y, formula(given, T, parts))).toBeLessThan(1e-5)
  })
}

test('dropped probabilities are dropped in the gradient too', async () => {
  const T = 3
  const kept = [1, 0, 1, 1, 1, 0, 0, 1, 1]
  const dropout = (P: Tensor) => tf.mul(P, tf.mul(tf.tensor4d(kept, [1, 1, T, T]), 1.5))
  await expectGradients(
    (q, k, v, K, Q) =>
      disentangled({q, k, v}, {positionKeys: K, positionQueries: Q, scale: SCALE, mask: maskOf(T), dropout}),
    inputsOf(T),
  )
})

test('nothing is gathered or scattered, and no constant grows with the text', () => {
  const [T, width] = [64, 8]
  const options = (K: Tensor, Q: Tensor): DisentangledOptions => ({
    positionKeys: K,
    positionQueries: Q,
    scale: 1,
    mask: tf.zeros([1, 1, 1, T]),
  })
  const shape = [1, 2, T, width]
  const places = [2, 2 * T - 1, width]
  const model = traced(
    ({q, k, v, K, Q}) => {
      const grads = tf.grads((q, k, v, K, Q) => disentangled({q, k, v}, options(K, Q)))([q, k, v, K, Q])
      return Object.fromEntries(grads.map((grad, i) => [`dx${i}`, grad]))
    },
    {q: shape, k: shape, v: shape, K: places, Q: places},
  ).encode()
  expect(Buffer.from(model).includes('Gather')).toBe(false)
  expect(Buffer.from(model).includes('Scatter')).toBe(false)
  expect(model.length).toBeLessThan(10_000)
})
