import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError} from '../../test/models/adapters.ts'
import {expectGradients, JS, ONNX, run} from '../../test/models/engines.ts'
import {after, gelu, geluTanh, layerNorm, rmsNorm, rotate, rowNorm, silu} from './fused.ts'
import {random} from './random.ts'
import {type Tensor, tf} from './tf.ts'

const any = (...shape: number[]) => normals(shape, random(1, `${shape}`))
const gains = (C: number) => ({shape: [C], data: any(C).data.map(value => 1 + 0.2 * value)})
const rowsOf = ({shape, data}: Numbers) => {
  const C = shape.at(-1)!
  return Array.from({length: data.length / C}, (_, i) => [...data.subarray(i * C, (i + 1) * C)])
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

interface Case {
  readonly f: (...inputs: Tensor[]) => Tensor
  readonly of: readonly Numbers[]
  /** The same by its textbook formula, in double precision. */
  readonly formula: (...inputs: readonly Numbers[]) => readonly number[]
}

const SHAPES: readonly (readonly number[])[] = [
  [3, 4],
  [1, 6],
  [2, 2, 3],
]

const CASES: Readonly<Record<string, readonly Case[]>> = {
  rmsNorm: [1e-6, 0.3].flatMap(eps =>
    SHAPES.map(shape => ({
      f: (x: Tensor, gain: Tensor) => rmsNorm(x, gain, eps),
      of: [any(...shape), gains(shape.at(-1)!)],
      formula: (x: Numbers, gain: Numbers) =>
        rowsOf(x).flatMap(row => {
          const rms = Math.sqrt(mean(row.map(value => value ** 2)) + eps)
          return row.map((value, j) => (value / rms) * gain.data[j])
        }),
    })),
  ),
  layerNorm: [1e-5, 0.3].flatMap(eps =>
    SHAPES.map(shape => ({
      f: (x: Tensor, gain: Tensor, bias: Tensor) => layerNorm(x, gain, bias, eps),
      of: [any(...shape), gains(shape.at(-1)!), any(shape.at(-1)!)],
      formula: (x: Numbers, gain: Numbers, bias: Numbers) =>
        rowsOf(x).flatMap(row => {
          const centred = row.map(value => value - mean(row))
          const sigma = Math.sqrt(mean(centred.map(value => value ** 2)) + eps)
          return centred.map((value, j) => (value / sigma) * gain.data[j] + bias.data[j])
        }),
    })),
  ),
  gelu: SHAPES.map(shape => ({
    f: gelu,
    of: [any(...shape)],
    formula: x => [...x.data].map(value => value * cumulative(value)),
  })),
  geluTanh: SHAPES.map(shape => ({
    f: geluTanh,
    of: [any(...shape)],
    formula: x => [...x.data].map(tanhForm),
  })),
  silu: SHAPES.map(shape => ({
    f: silu,
    of: [any(...shape)],
    formula: x => [...x.data].map(value => value / (1 + Math.exp(-value))),
  })),
  rotate: [
    {shape: [1, 1, 1, 2], half: 1},
    {shape: [2, 3, 4, 6], half: 3},
    {shape: [1, 2, 2, 6], half: 1},
    {shape: [1, 1, 3, 7], half: 2},
  ].map(({shape, half}) => {
    const T = shape[2]
    const angles = (f: (angle: number) => number) =>
      Float32Array.from({length: T * half}, (_, i) => f((Math.floor(i / half) + 1) * 1.3 ** (i % half)))
    const [cos, sin] = [angles(Math.cos), angles(Math.sin)]
    return {
      f: (x: Tensor) => rotate(x, tf.tensor2d(cos, [T, half]), tf.tensor2d(sin, [T, half])),
      of: [any(...shape)],
      // the pair (j, j + half) as a complex number, times e^(i · angle); what no pair has stays
      formula: (x: Numbers) =>
        rowsOf(x).flatMap((row, i) =>
          row.map((value, j) => {
            const at = (i % T) * half + (j % half)
            if (j >= 2 * half) return value
            return j < half ? value * cos[at] - row[j + half] * sin[at] : value * cos[at] + row[j - half] * sin[at]
          }),
        ),
    }
  }),
}

for (const [name, cases] of Object.entries(CASES)) {
  test(`${name} is its formula on both engines, and its gradients are differences`, async () => {
    for (const {f, of, formula} of cases) {
      const {y} = await expectGradients(f, of)
      expect(relativeError(y, formula(...of))).toBeLessThan(1e-6)
    }
  })
}

test('a norm is the same before a reshape as after it', async () => {
  for (const norm of [
    (x: Tensor) => rmsNorm(x, tf.range(1, 4), 1e-6),
    (x: Tensor) => layerNorm(x, tf.range(1, 4), tf.range(0, 3), 1e-5),
  ]) {
    for (const shape of [[4, 3], [12], [2, 6], [2, 2, 3]]) {
      const {y, dx0} = await expectGradients(x => norm(tf.reshape(x, [2, 2, 3])), [{shape, data: any(4, 3).data}])
      const whole = await expectGradients(x => tf.reshape(norm(x), [2, 2, 3]), [any(4, 3)])
      expect(relativeError(y, whole.y)).toBeLessThan(1e-6)
      expect(relativeError(dx0, whole.dx0)).toBeLessThan(1e-6)
    }
  }
})

test('gelu, its tanh form and silu are right far out as well', async () => {
  const x = {shape: [7], data: Float32Array.of(-80, -9, -4, 0, 4, 9, 80)}
  for (const engine of [JS, ONNX]) {
    const {g, t, s} = await run(engine, ({x}) => ({g: gelu(x), t: geluTanh(x), s: silu(x)}), {x})
    for (const [i, value] of x.data.entries()) {
      expect(g[i]).toBeCloseTo(value * cumulative(value), 5)
      expect(t[i]).toBeCloseTo(tanhForm(value), 5)
      expect(s[i]).toBeCloseTo(value / (1 + Math.exp(-value)), 5)
    }
  }
})

test('a norm of large, small and equal numbers stays finite', async () => {
  const x = {shape: [3, 4], data: Float32Array.of(...[1e15, -1e15, 2e15, 0], ...[1e-20, 0, 0, 0], ...[7, 7, 7, 7])}
  const step = ({x}: Readonly<Record<string, Tensor>>) => {
    const gain = tf.tensor1d([1, 2, 3, 4])
    const rms = (x: Tensor) => rmsNorm(x, gain, 1e-6)
    const layer = (x: Tensor) => layerNorm(x, gain, tf.zeros([4]), 1e-5)
    return {rms: rms(x), layer: layer(x), drms: tf.grad(rms)(x), dlayer: tf.grad(layer)(x)}
  }
  const [expected, found] = [await run(JS, step, {x}), await run(ONNX, step, {x})]
  for (const name of Object.keys(expected)) {
    expect([...expected[name], ...found[name]].every(Number.isFinite), name).toBe(true)
    expect(relativeError(found[name], expected[name]), name).toBeLessThan(1e-5)
  }
  for (let i = 8; i < 12; i++) expect(expected.layer[i]).toBe(0)
})

test('the length of a row is that on both engines, of one number too', async () => {
  for (const shape of [...SHAPES, [3, 1]]) {
    for (const engine of [JS, ONNX]) {
      const {y} = await run(engine, ({x}) => ({y: rowNorm(x)}), {x: any(...shape)})
      expect(
        relativeError(
          y,
          rowsOf(any(...shape)).map(row => Math.hypot(...row)),
        ),
      ).toBeLessThan(1e-6)
    }
  }
})

test('after is x itself, whatever it waits for, and so is its gradient', async () => {
  const [x, a] = [any(2, 3), any(3, 2)]
  const step = ({x, a}: Readonly<Record<string, Tensor>>) => {
    const dependencies = [a, tf.exp(a), tf.zerosLike(a), tf.sum(a), tf.div(a, 0)]
    const waiting = (x: Tensor) => after(tf.mul(x, 2), dependencies)
    const dx = tf.grad(x => tf.mul(waiting(x), x))(x)
    return {same: after(x, [tf.exp(a)]), alone: after(x, []), y: waiting(x), dx}
  }
  for (const engine of [JS, ONNX]) {
    const {same, alone, y, dx} = await run(engine, step, {x, a})
    expect(same).toEqual(x.data)
    expect(alone).toEqual(x.data)
    expect(y).toEqual(x.data.map(value => 2 * value))
    expect(dx).toEqual(x.data.map(value => 4 * value))
  }
})

const tanhForm = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))

/** Φ(x) by Simpson's rule. */
function cumulative(x: number): number {
  const end = Math.min(Math.abs(x), 12)
  const n = 2000
  let sum = 0
  for (let i = 0; i <= n; i++) {
    const weight = i === 0 || i === n ? 1 : i % 2 ? 4 : 2
    sum += weight * Math.exp(-(((end * i) / n) ** 2) / 2)
  }
  const half = (sum * end) / n / 3 / Math.sqrt(2 * Math.PI)
  return x > 0 ? 0.5 + half : 0.5 - half
}
