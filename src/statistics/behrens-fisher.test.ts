import {expect, test} from 'vitest'
import {margin, pValue} from './behrens-fisher.ts'
import {normalTail} from './normal.ts'
import {criticalT, twoSidedP} from './student.ts'

const DEGREES = [1, 2, 4, 9, 40, 1000]

test('the tail of the normal distribution is that of printed tables, far out too', () => {
  for (const [z, p] of [
    [0, 0.5],
    [1.959964, 0.025],
    [-1.281552, 0.9],
    [5, 2.866516e-7],
    [10, 7.619853e-24],
  ])
    expect(normalTail(z) / p, `${z}`).toBeCloseTo(1, 6)
})

test('without sampling error of items the test is Student’s t, without variance between seeds it is normal', () => {
  for (const degrees of DEGREES) {
    const alone = {items: 0, seeds: 0.0004, degrees}
    for (const t of [0.5, 3, 5])
      expect(pValue(0.02 * t, alone) / twoSidedP(t, degrees), `${degrees} ${t}`).toBeCloseTo(1, 4)
    expect(margin(0.05, alone) / 0.02 / criticalT(0.05, degrees)).toBeCloseTo(1, 5)
    expect(margin(0.01, {...alone, items: 0.0004, seeds: 0})).toBeCloseTo(0.02 * 2.575829, 6)
  }
})

test('with both it lies between the two, and the margin is where the p-value is p', () => {
  for (const degrees of DEGREES) {
    for (const share of [0.01, 0.5, 0.99]) {
      const variances = {items: 1 - share, seeds: share, degrees}
      for (const p of [0.05, 0.01]) {
        const half = margin(p, variances)
        expect(pValue(half, variances) / p).toBeCloseTo(1, 6)
        expect(half).toBeGreaterThan(criticalT(p, Number.POSITIVE_INFINITY))
        expect(half).toBeLessThan(criticalT(p, degrees))
      }
    }
  }
})

test('without any variance every difference is significant', () => {
  const none = {items: 0, seeds: 0, degrees: 2}
  expect([pValue(0, none), pValue(1e-9, none), margin(0.05, none)]).toEqual([1, 0, 0])
})
