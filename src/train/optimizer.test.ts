import {expect, test} from 'vitest'
import {norm} from '../linalg/norm.ts'
import {random} from '../tensor/random.ts'
import {adamw, clipFactor} from './optimizer.ts'

const plain = {betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, scale: 1} as const
const zeros = (n: number) => ({theta: new Float32Array(n), m: new Float32Array(n), v: new Float32Array(n)})

test('under a constant gradient every step moves by the learning rate against its sign', () => {
  const state = zeros(3)
  const grad = Float32Array.of(1e-3, -7, 0)
  for (let step = 1; step <= 10; step++) adamw(state, grad, {...plain, step, groups: [{from: 0, to: 3, lr: 0.01}]})
  // corrected moments of a constant g are g and g²: 10 steps of 0.01 · g / (|g| + 1e-8)
  expect(state.theta[0]).toBeCloseTo((-0.1 * 1e-3) / (1e-3 + 1e-8), 6)
  expect(state.theta[1]).toBeCloseTo(0.1, 6)
  expect(state.theta[2]).toBe(0)
})

test('two steps by hand: the moments, their corrections and the decoupled decay', () => {
  const state = {...zeros(1), theta: Float32Array.of(1)}
  const settings = {betas: [0.5, 0.75], eps: 0.5, weightDecay: 0.2, scale: 1} as const
  adamw(state, Float32Array.of(2), {...settings, step: 1, groups: [{from: 0, to: 1, lr: 0.5}]})
  // m = 1, v = 1; m̂ = 1 / 0.5 = 2, v̂ = 1 / 0.25 = 4; θ = 0.9 · 1 − 0.5 · 2 / (2 + 0.5) = 0.5
  expect([...state.m, ...state.v]).toEqual([1, 1])
  expect(state.theta[0]).toBeCloseTo(0.5, 7)
  adamw(state, Float32Array.of(-4), {...settings, step: 2, groups: [{from: 0, to: 1, lr: 0.25}]})
  // m = 0.5 − 2 = −1.5, v = 0.75 + 4 = 4.75; m̂ = −1.5 / 0.75 = −2, v̂ = 4.75 / 0.4375; θ = 0.95 · 0.5 + 0.25 · 2 / (√v̂ + 0.5)
  expect([...state.m, ...state.v]).toEqual([-1.5, 4.75])
  expect(state.theta[0]).toBeCloseTo(0.475 + 0.5 / (Math.sqrt(4.75 / 0.4375) + 0.5), 7)
})

test('fifty random steps with clipping, decay and two rates equal the moments computed as sums in float64', () => {
  const draw = random(1)
  const n = 40
  const clip = 0.7
  const gradients = Array.from({length: 50}, () =>
    Float32Array.from({length: n}, () => draw.normal() * 10 ** (draw.int(9) - 6)),
  )
  const theta = Float32Array.from({length: n}, () => draw.normal())
  const rate = (step: number, i: number) => (i < 15 ? 1e-2 : 3e-3) * (1 - step / 60)

  const state = {...zeros(n), theta: theta.slice()}
  const [b1, b2, eps, weightDecay] = [0.9, 0.999, 1e-8, 0.1]
  gradients.forEach((grad, step) => {
    const groups = [
      {from: 0, to: 15, lr: rate(step, 0)},
      {from: 15, to: n, lr: rate(step, 15)},
    ]
    const scale = clipFactor(norm(grad), clip)
    adamw(state, grad, {betas: [b1, b2], eps, weightDecay, step: step + 1, groups, scale})
  })

  const clipped = gradients.map(grad => {
    const norm = Math.hypot(...grad)
    return [...grad].map(g => g * Math.min(1, clip / (norm + 1e-6)))
  })
  for (let i = 0; i < n; i++) {
    let expected = theta[i]
    for (let t = 1; t <= clipped.length; t++) {
      const past = clipped.slice(0, t).map(grad => grad[i])
      const mean = (beta: number, of: (g: number) => number) =>
        past.reduce((sum, g, k) => sum + (1 - beta) * beta ** (t - 1 - k) * of(g), 0) / (1 - beta ** t)
      const lr = rate(t - 1, i)
      expected -= lr * (weightDecay * expected + mean(b1, g => g) / (Math.sqrt(mean(b2, g => g * g)) + eps))
    }
    expect(Math.abs(state.theta[i] - expected) / Math.abs(expected)).toBeLessThan(2e-6)
  }
})

test('a rate of 0 changes only the moments, and parameters outside all groups keep theirs', () => {
  const state = {...zeros(3), theta: Float32Array.of(1, 2, 3)}
  const groups = [
    {from: 0, to: 1, lr: 0},
    {from: 2, to: 3, lr: 0.1},
  ]
  adamw(state, Float32Array.of(1, 1, 1), {...plain, weightDecay: 0.1, step: 1, groups})
  expect([...state.theta.subarray(0, 2)]).toEqual([1, 2])
  expect(state.theta[2]).toBeCloseTo(3 * 0.99 - 0.1, 6)
  expect([...state.m].map(m => m > 0)).toEqual([true, false, true])
})

test('the norm is summed in float64, so that many small values beside a large one are not lost', () => {
  const grad = new Float32Array(1_000_001).fill(1)
  grad[0] = 2 ** 13
  expect(norm(grad)).toBe(Math.sqrt(2 ** 26 + 1e6))
  expect(norm(Float32Array.of(3e38, 3e38))).toBeCloseTo(Math.fround(3e38) * Math.SQRT2, -30)
  expect(norm(Float32Array.of(1, Number.NaN))).toBeNaN()
  expect(norm(Float32Array.of(1, Number.NEGATIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY)
  expect(norm(new Float32Array())).toBe(0)
})

test('a gradient below the bound is not clipped, and one above it is clipped to just below', () => {
  expect(clipFactor(0.5, 1)).toBe(1)
  expect(clipFactor(4, 1) * 4).toBeCloseTo(1, 6)
  expect(clipFactor(4, 1) * 4).toBeLessThan(1)
  expect(clipFactor(1, 1)).toBeLessThan(1) // torch's: 1 / (1 + 1e-6)
  expect(clipFactor(4, undefined)).toBe(1)
})
