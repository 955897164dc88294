import {expect, test} from 'vitest'
import {coefficients, FILTERS, type Filter} from './coefficients.ts'

const filters = Object.keys(FILTERS) as Filter[]
const ONE = 2 ** 22

const LENGTHS = [
  [1, 1],
  [1, 300],
  [300, 1],
  [7, 7],
  [224, 32],
  [32, 224],
  [500, 223],
  [3, 1000],
]

test('bilinear to half the length: the filter is twice as wide, and at the ends the remaining weights are normalized', () => {
  const {first, count, weights, taps} = coefficients({from: 4, to: 2, filter: 'bilinear'})
  expect([...first]).toEqual([0, 1])
  expect([...count]).toEqual([3, 3])
  expect(taps).toBe(5)
  const shares = [0.75, 0.75, 0.25].map(weight => Math.round((weight / 1.75) * ONE))
  expect([...weights]).toEqual([...shares, 0, 0, ...shares.toReversed(), 0, 0])
})

test('bilinear to twice the length: quarters of two neighbours', () => {
  const {first, count, weights, taps} = coefficients({from: 2, to: 4, filter: 'bilinear'})
  const shares = [...first].map((from, x) => [from, ...weights.slice(x * taps, x * taps + count[x])])
  expect(shares).toEqual([
    [0, ONE],
    [0, 0.75 * ONE, 0.25 * ONE],
    [0, 0.25 * ONE, 0.75 * ONE],
    [1, ONE],
  ])
})

test('bicubic weighs some neighbours below zero', () => {
  expect(Math.min(...coefficients({from: 16, to: 32, filter: 'bicubic'}).weights)).toBeLessThan(0)
})

test.each(filters)('%s: every new pixel is of pixels inside the old line, with weights that add up to 1', filter => {
  for (const [from, to] of LENGTHS) {
    const {first, count, weights, taps} = coefficients({from, to, filter})
    for (let x = 0; x < to; x++) {
      const sum = weights.subarray(x * taps, (x + 1) * taps).reduce((a, b) => a + b, 0)
      const fits = count[x] > 0 && count[x] <= taps && first[x] >= 0 && first[x] + count[x] <= from
      if (!fits || Math.abs(sum - ONE) > taps / 2) expect.fail(`${from} to ${to}, pixel ${x}`)
    }
  }
})
