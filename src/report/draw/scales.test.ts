import {expect, test} from 'vitest'
import {inverseTicks, linearAxis, logAxis} from './scales.ts'

const room = {length: 300, below: 15, above: 15}

test('a logarithmic axis shows round numbers of every power of ten', () => {
  expect(logAxis([1000, 50_000], room).ticks).toEqual([1000, 2000, 5000, 10_000, 20_000, 50_000])
  expect(logAxis([0.012, 0.045], room).ticks).toEqual([0.02, 0.03, 0.04])
})

test('a small range with too few of them shows even steps, at logarithmic positions', () => {
  for (const [least, most] of [
    [1.05, 1.9],
    [2.1, 2.9],
    [2.05, 2.7],
    [1.5, 1.501],
  ]) {
    const {ticks, low, high, at} = logAxis([least, most], room)
    expect(ticks.length, `${least}`).toBeGreaterThanOrEqual(3)
    expect(ticks.length, `${least}`).toBeLessThanOrEqual(9)
    for (const tick of ticks) expect(low <= tick && tick <= high).toBe(true)
    const positions = ticks.map(at)
    const gaps = positions.slice(1).map((position, i) => position - positions[i])
    expect(gaps).toEqual(gaps.toSorted((a, b) => b - a)) // closer above
  }
})

test('a linear axis shows a few round numbers', () => {
  expect(linearAxis([0, 1], room).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
})

test('an axis of inverses has ticks at round values, which stand apart', () => {
  const perplexities = (low: number, high: number) =>
    inverseTicks(linearAxis([low, high], room)).map(tick => Number((1 / tick).toPrecision(6)))
  expect(perplexities(0.35, 0.39)).toEqual([2.55, 2.6, 2.65, 2.7, 2.75, 2.8, 2.85])
  expect(perplexities(0.2, 0.4)).toEqual([3, 4, 5])
  expect(perplexities(0, 0.43)).toEqual([3, 4, 5, 7, 10, 20, 100])
})
