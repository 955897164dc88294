import {expect, test} from 'vitest'
import {addSample, EMPTY_RATE, formatDuration, formatRate, secondsLeft} from './rate.ts'

const after = (...samples: readonly (readonly [count: number, ms: number])[]) =>
  samples.reduce((rate, [count, ms]) => addSample(rate, count, ms), EMPTY_RATE)

test('the time left is unknown before the count has grown', () => {
  expect(secondsLeft(EMPTY_RATE, 10)).toBeUndefined()
  expect(secondsLeft(after([5, 0]), 10)).toBeUndefined()
  expect(secondsLeft(after([5, 0], [5, 1000]), 10)).toBeUndefined()
  expect(secondsLeft(after([5, 1000], [6, 1000]), 10)).toBeUndefined()
})

test('the rate of a resumed run does not include earlier steps', () => {
  expect(secondsLeft(after([900, 0], [901, 2000], [902, 4000]), 1000)).toBe(196)
})

test('the last 30 steps count, not the first', () => {
  const slowStart = Array.from({length: 40}, (_, i) => [i, i < 5 ? i * 60_000 : 300_000 + i * 1000] as const)
  expect(secondsLeft(after(...slowStart), 50)).toBe(11)
})

test('a count that went back starts again, and a count at its end has no time left', () => {
  expect(secondsLeft(after([50, 0], [60, 1000], [10, 2000]), 100)).toBeUndefined()
  expect(secondsLeft(after([9, 0], [10, 1000]), 10)).toBe(0)
})

test('durations have at most two units', () => {
  expect([0, 59.4, 59.6, 187, 3600, 7503, 86_400, 273_600].map(formatDuration)).toEqual([
    '0s',
    '59s',
    '1m00s',
    '3m07s',
    '1h00m',
    '2h05m',
    '1d00h',
    '3d04h',
  ])
})

test('a rate of operations has two digits below 10, and no exponent', () => {
  expect([9.5e9, 9.96e9, 9.96e10, 2.64e11].map(formatRate)).toEqual([
    '9.5 GFLOP/s',
    '10 GFLOP/s',
    '100 GFLOP/s',
    '264 GFLOP/s',
  ])
})
