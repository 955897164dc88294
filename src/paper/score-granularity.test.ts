import {expect, test} from 'vitest'
import {chanceOfFit, fitShare} from './score-granularity.ts'

const percent = (digits: number) => ({value: digits, whole: 10_000}) // two decimals

test('a printed accuracy is a rounded share, a truncated one, or none', () => {
  expect(fitShare(percent(40_33), 1319)).toEqual({shortening: 'rounded', count: 532}) // 40.3336…
  expect(fitShare(percent(40_34), 1319)).toEqual({shortening: 'impossible', count: 532})
  expect(fitShare(percent(40_63), 1319)).toEqual({shortening: 'truncated', count: 536}) // 40.6368…
  expect(fitShare(percent(47_61), 1319)).toEqual({shortening: 'rounded', count: 628})
  expect(fitShare(percent(47_41), 1319)).toEqual({shortening: 'impossible', count: 625})
  expect(fitShare(percent(12_13), 5000)).toEqual({shortening: 'impossible', count: 607})
  expect(fitShare({value: 724, whole: 1000}, 1319)).toEqual({shortening: 'rounded', count: 955})
})

test('0 and 100 % are shares, what lies beyond is not', () => {
  expect(fitShare(percent(0), 8)).toEqual({shortening: 'rounded', count: 0})
  expect(fitShare(percent(100_00), 8)).toEqual({shortening: 'rounded', count: 8})
  expect(fitShare(percent(112_50), 8)).toEqual({shortening: 'impossible', count: 8})
  expect(fitShare(percent(-12_50), 8)).toEqual({shortening: 'impossible', count: 0})
})

test('a half is rounded up or down', () => {
  const half = {whole: 100, items: 8} // 12.5 %
  expect([12, 13].map(value => fitShare({value, whole: half.whole}, half.items).shortening)).toEqual([
    'rounded',
    'rounded',
  ])
})

test.each([1, 277, 408, 1172, 1319, 5000, 6300])('agrees with a search over every share of %i items', items => {
  const whole = 1000
  const shares = Array.from({length: items + 1}, (_, count) => count * whole)
  for (let value = 0; value <= whole; value += 7) {
    const rounded = shares.some(share => 2 * Math.abs(share - value * items) <= items)
    const truncated = shares.some(share => Math.floor(share / items) === value)
    const expected = rounded ? 'rounded' : truncated ? 'truncated' : 'impossible'
    expect(fitShare({value, whole}, items).shortening, `${value}`).toBe(expected)
  }
})

test('the chance of a fit is that of a uniformly drawn share', () => {
  const {rounded, truncated} = chanceOfFit(10_000, 1319)
  expect(rounded).toBeCloseTo(1320 / 10_001, 9)
  expect(rounded + truncated).toBeCloseTo(0.198, 2)
  expect(chanceOfFit(10_000, 10_000)).toEqual({rounded: 1, truncated: 0})
  expect(chanceOfFit(10_000, 5000).rounded).toBeCloseTo(0.5, 3)
})
