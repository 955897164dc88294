import {expect, test} from 'vitest'
import {random} from './random.ts'

const draw = (count: number, next: () => number) => Float64Array.from({length: count}, next)
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
/** How far the mean of independent draws is from its expectation, in standard errors. */
const deviation = (values: Float64Array, {expected, sigma}: {expected: number; sigma: number}) =>
  Math.abs(mean(values) - expected) / (sigma / Math.sqrt(values.length))

test('the first numbers of a stream never change', () => {
  // made by another implementation of sfc32 from the sha256 of '42//layers/3/q_proj' and '7/', in Python
  const stream = random(42).fork('layers').fork(3).fork('q_proj')
  expect([...draw(3, stream.uniform)]).toEqual([0.07405972969718277, 0.29639000981114805, 0.393612502142787])
  const normals = [0.8624586634660472, 1.5093233672382667, 1.6277197094856184]
  for (const value of normals) expect(stream.normal()).toBeCloseTo(value, 14)
  expect([...draw(3, () => stream.int(1000))]).toEqual([287, 186, 189])
  expect([...stream.permutation(8)]).toEqual([6, 3, 2, 4, 7, 1, 5, 0])
  expect([...random(7).permutation(8)]).toEqual([5, 6, 3, 1, 4, 2, 7, 0])
})

test('a stream depends on its seed and path alone', () => {
  const parent = random(1)
  const first = parent.fork('a')
  const expected = draw(5, random(1).fork('a').uniform)
  parent.uniform()
  parent.fork('b').permutation(10)
  expect(draw(5, first.uniform)).toEqual(expected)
  expect(draw(5, parent.fork('a').uniform)).toEqual(expected)
  expect(draw(5, random(1).fork('a').fork('b').fork(0).uniform)).toEqual(draw(5, random(1).fork('a/b/0').uniform))
})

test('other seeds and other paths are other streams', () => {
  const streams = [
    random(1),
    random(2),
    random(12),
    random(1).fork(2),
    random(1).fork('2 '),
    random(1).fork(2).fork(''),
  ]
  expect(new Set(streams.map(stream => stream.uniform())).size).toBe(streams.length)
})

test('streams of neighbouring paths have nothing in common', () => {
  const products = draw(20_000, () => 0)
  for (const i of products.keys()) {
    const [a, b] = [random(0, `${i}`).uniform() - 0.5, random(0, `${i + 1}`).uniform() - 0.5]
    products[i] = a * b * 12
  }
  expect(deviation(products, {expected: 0, sigma: 1})).toBeLessThan(4)
})

test('uniform numbers fill [0, 1) evenly, whatever came before', () => {
  const {uniform} = random(3)
  const values = draw(200_000, uniform)
  expect(values.every(value => value >= 0 && value < 1)).toBe(true)
  expect(deviation(values, {expected: 1 / 2, sigma: Math.sqrt(1 / 12)})).toBeLessThan(4)
  expect(
    deviation(
      values.map(value => value ** 2),
      {expected: 1 / 3, sigma: Math.sqrt(4 / 45)},
    ),
  ).toBeLessThan(4)
  for (const lag of [1, 2, 3, 64]) {
    const products = values.subarray(lag).map((value, i) => 12 * (value - 0.5) * (values[i] - 0.5))
    expect(deviation(products, {expected: 0, sigma: 1}), `lag ${lag}`).toBeLessThan(4)
  }
  expect(
    chiSquare(
      values.map(value => Math.floor(value * 64)),
      64,
    ),
  ).toBeLessThan(4)
})

test('normal numbers have the moments and tails of N(0, 1)', () => {
  const values = draw(200_000, random(4).normal)
  for (const [power, expected, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ]) {
    expect(
      deviation(
        values.map(value => value ** power),
        {expected, sigma: Math.sqrt(variance)},
      ),
      `power ${power}`,
    ).toBeLessThan(4)
  }
  for (const [bound, share] of [
    [0.67449, 0.5],
    [1.95996, 0.05],
    [3.29053, 0.001],
  ]) {
    const beyond = values.map(value => Number(Math.abs(value) > bound))
    expect(deviation(beyond, {expected: share, sigma: Math.sqrt(share * (1 - share))})).toBeLessThan(4)
  }
  const neighbours = values.subarray(1).map((value, i) => value * values[i])
  expect(deviation(neighbours, {expected: 0, sigma: 1})).toBeLessThan(4)
})

test('integers lie below n, each as often', () => {
  for (const n of [1, 2, 3, 10, 48]) {
    const stream = random(5).fork(n)
    const values = draw(50_000, () => stream.int(n))
    expect(values.every(value => Number.isInteger(value) && value >= 0 && value < n)).toBe(true)
    if (n > 1) expect(chiSquare(values, n)).toBeLessThan(4)
  }
})

test('integers below 2³² and 2⁵³ use all their bits', () => {
  for (const bits of [32, 53]) {
    const stream = random(6)
    const values = draw(20_000, () => stream.int(2 ** bits))
    expect(values.every(value => Number.isSafeInteger(value) && value >= 0 && value < 2 ** bits)).toBe(true)
    for (const bit of [0, 1, 7, bits - 1]) {
      const set = values.map(value => Math.floor(value / 2 ** bit) % 2)
      expect(deviation(set, {expected: 1 / 2, sigma: 1 / 2}), `bit ${bit}`).toBeLessThan(4)
    }
  }
})

test('a permutation holds every number once', () => {
  for (const n of [0, 1, 2, 7, 1000]) {
    const order = random(7).permutation(n)
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({length: n}, (_, i) => i))
  }
})

test('every permutation is as likely', () => {
  const stream = random(8)
  const codes = draw(24_000, () => {
    const [a, b, c] = stream.permutation(4)
    return [0, 1, 2, 3].filter(i => i !== a).indexOf(b) * 2 + a * 6 + Number(c > 6 - a - b - c)
  })
  expect(chiSquare(codes, 24)).toBeLessThan(4)
})

/** How far counts of 0 … n − 1 are from equal: χ², in standard deviations above its expectation. */
function chiSquare(values: Float64Array, n: number): number {
  const counts = new Float64Array(n)
  for (const value of values) counts[value]++
  const expected = values.length / n
  const sum = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return (sum - (n - 1)) / Math.sqrt(2 * (n - 1))
}
