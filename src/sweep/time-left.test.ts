import {expect, test} from 'vitest'
import {sweepSecondsLeft} from './time-left.ts'

test.each([
  [100, 20],
  [1000, 100],
  [10_000, 300],
])('a plan of %i s weighs as much as %i s of measured work', (planned, weight) => {
  const slow = {all: planned, done: weight, before: 0, planned, elapsed: 3 * weight} // three times as slow as planned
  expect(sweepSecondsLeft(slow)).toBeCloseTo(2 * (planned - weight))
})

test('without a plan the pace is the measured one, once there is enough of it', () => {
  const measured = {all: 100, done: 30, before: 10, planned: undefined}
  expect(sweepSecondsLeft({...measured, elapsed: 40})).toBe(140)
  expect(sweepSecondsLeft({...measured, elapsed: 5})).toBeUndefined()
  expect(sweepSecondsLeft({...measured, done: 100, elapsed: 40})).toBeUndefined()
})
