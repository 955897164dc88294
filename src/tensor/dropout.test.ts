import {expect, test} from 'vitest'
import {normals} from '../../test/models/adapters.ts'
import {JS, ONNX, run} from '../../test/models/engines.ts'
import {dropout, dropVector} from './dropout.ts'
import {random} from './random.ts'
import {type Tensor, tf} from './tf.ts'

const [N, C] = [160, 120]

interface Options {
  readonly rate?: number
  readonly seed?: number
  readonly x?: Float32Array
}

/** What becomes of x (ones unless given), and the gradient of it all for a gradient of ones. */
async function dropped({rate = 0.3, seed = 1, x = new Float32Array(N * C).fill(1)}: Options = {}, engine = ONNX) {
  const source = random(seed, 'layer')
  const feeds = {
    x: {shape: [N, C], data: x},
    rows: {shape: [N], data: dropVector(source.fork('rows'), N)},
    columns: {shape: [C], data: dropVector(source.fork('columns'), C)},
  }
  const {y, dx} = await run(
    engine,
    ({x, rows, columns}) => {
      const f = (x: Tensor) => tf.mul(dropout(x, {rate, rows, columns}), 1)
      return {y: f(x), dx: tf.grad(f)(x)}
    },
    feeds,
  )
  return {y, dx, mask: Float64Array.from(y, value => Number(value !== 0))}
}

test('the same entries survive on both engines', async () => {
  for (const rate of [0.01, 0.3, 0.9]) {
    expect(await dropped({rate}, ONNX), `${rate}`).toEqual(await dropped({rate}, JS))
  }
})

test('as many entries survive as the rate says, in all and in each row and column', async () => {
  for (const rate of [0.01, 0.1, 0.5, 0.9]) {
    const {mask} = await dropped({rate})
    const spread = (n: number) => Math.sqrt(rate * (1 - rate) * n)
    const excess = (sum: number, n: number) => (sum - n * (1 - rate)) / spread(n)
    expect(Math.abs(excess(total(mask), N * C)), `${rate}`).toBeLessThan(4)

    const rows = sums(mask, N, i => Math.floor(i / C)).map(sum => excess(sum, C))
    const columns = sums(mask, C, i => i % C).map(sum => excess(sum, N))
    for (const scores of [rows, columns]) {
      const variance = total(scores.map(score => score ** 2)) / scores.length
      expect(Math.abs(variance - 1), `${rate}`).toBeLessThan(5 * Math.sqrt(2 / scores.length))
      expect(Math.max(...scores.map(Math.abs)), `${rate}`).toBeLessThan(6)
    }
  }
})

test('no two rows, and no two columns, have anything in common', async () => {
  const rate = 0.4
  const {mask} = await dropped({rate})
  const centred = mask.map(value => (value - (1 - rate)) / Math.sqrt(rate * (1 - rate)))
  for (const [count, length, at] of [
    [N, C, (row: number, i: number) => row * C + i],
    [C, N, (column: number, i: number) => i * C + column],
  ] as const) {
    const scores: number[] = []
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < a; b++) {
        let sum = 0
        for (let i = 0; i < length; i++) sum += centred[at(a, i)] * centred[at(b, i)]
        scores.push(sum / Math.sqrt(length))
      }
    }
    expect(Math.abs(mean(scores)) * Math.sqrt(scores.length)).toBeLessThan(4)
    expect(Math.abs(mean(scores.map(score => score ** 2)) - 1)).toBeLessThan(0.1)
    expect(Math.max(...scores.map(Math.abs))).toBeLessThan(6)
  }
})

test('the corners of a rectangle, and neighbours, are uncorrelated', async () => {
  const rate = 0.5
  const {mask} = await dropped({rate})
  const sign = mask.map(value => 2 * value - 1)
  const draw = random(9)
  const corners = Array.from({length: 50_000}, () => {
    const [i, j] = [draw.int(N), draw.int(C)]
    const [k, l] = [(i + 1 + draw.int(N - 1)) % N, (j + 1 + draw.int(C - 1)) % C]
    return sign[i * C + j] * sign[i * C + l] * sign[k * C + j] * sign[k * C + l]
  })
  expect(Math.abs(mean(corners)) * Math.sqrt(corners.length)).toBeLessThan(4)
  for (const lag of [1, 2, C - 1, C, C + 1]) {
    const products = Array.from(sign.subarray(lag), (value, i) => value * sign[i])
    expect(Math.abs(mean(products)) * Math.sqrt(products.length), `lag ${lag}`).toBeLessThan(4)
  }
})

test('another seed drops other entries', async () => {
  const rate = 0.4
  const [first, second] = [await dropped({rate}), await dropped({rate, seed: 2})]
  const both = first.mask.map((value, i) => value * second.mask[i])
  const share = (1 - rate) ** 2
  const sigma = Math.sqrt((share * (1 - share)) / (N * C))
  expect(Math.abs(total(both) / (N * C) - share) / sigma).toBeLessThan(4)
})

test('what survives is scaled so that the expectation stays, and gradients pass where it did', async () => {
  const {data} = normals([N, C], random(3))
  const rate = 0.25
  const {y, dx, mask} = await dropped({rate, x: data})
  const scale = Math.fround(1 / (1 - rate))
  expect(y).toEqual(data.map((value, i) => (mask[i] ? Math.fround(value * scale) : 0)))
  expect(dx).toEqual(Float32Array.from(mask, kept => kept * scale))

  let sum = 0
  for (let seed = 0; seed < 20; seed++) sum += total((await dropped({rate, seed})).y) / (N * C) / 20
  expect(Math.abs(sum - 1) / Math.sqrt(rate / (1 - rate) / (20 * N * C))).toBeLessThan(4)
})

test('what is not a number is dropped like any other', async () => {
  const x = new Float32Array(N * C).fill(Number.NaN)
  const {y} = await dropped({rate: 0.5, x})
  const {mask} = await dropped({rate: 0.5})
  for (const i of [...mask.keys()].slice(0, 200)) expect(Number.isNaN(y[i])).toBe(mask[i] === 1)
})

test('a tiny rate drops next to nothing', async () => {
  for (const engine of [JS, ONNX]) expect(total((await dropped({rate: 1e-11}, engine)).mask)).toBe(N * C)
})

test('vectors to drop by use all 32 bits', () => {
  const vector = dropVector(random(4), 4000)
  for (let bit = 0; bit < 32; bit++) {
    const set = vector.reduce((sum, value) => sum + ((value >>> bit) & 1), 0)
    expect(Math.abs(set - 2000) / Math.sqrt(1000)).toBeLessThan(4)
  }
})

const total = (values: ArrayLike<number>) => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}
const mean = (values: ArrayLike<number>) => total(values) / values.length

function sums(values: Float64Array, count: number, group: (i: number) => number): Float64Array {
  const result = new Float64Array(count)
  for (const [i, value] of values.entries()) result[group(i)] += value
  return result
}
