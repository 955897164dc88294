import {expect, test} from 'vitest'
import {criticalT, twoSidedP} from './student.ts'

test('critical values are those of the printed tables', () => {
  const table = [
    [0.05, 1, 12.7062],
    [0.05, 2, 4.302653],
    [0.05, 4, 2.776445],
    [0.01, 1, 63.65674],
    [0.01, 10, 3.169273],
    [0.001, 30, 3.645959],
    [0.05, 120, 1.97993],
    [0.05, Number.POSITIVE_INFINITY, 1.959964],
  ]
  for (const [p, df, t] of table) expect(criticalT(p, df), `p ${p}, df ${df}`).toBeCloseTo(t, 4)
})

test('degrees of freedom need not be whole', () => {
  // by a sum of 200,000 terms over the density at 2.5 degrees: P(T < 3.5746548) = 0.9749999994
  expect(criticalT(0.05, 2.5)).toBeCloseTo(3.57465, 4)
})

test('the tail probability beyond a critical value is p, however small', () => {
  for (const df of [1, 2.5, 7, 1e5]) {
    for (const p of [0.5, 0.05, 1e-6]) expect(twoSidedP(criticalT(p, df), df) / p, `${p} ${df}`).toBeCloseTo(1, 6)
  }
  expect(twoSidedP(0, 3)).toBeCloseTo(1, 12)
  expect(twoSidedP(-2, 3)).toBe(twoSidedP(2, 3))
  expect(twoSidedP(10, Number.POSITIVE_INFINITY) / 1.523971e-23).toBeCloseTo(1, 2)
})
