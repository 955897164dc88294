import {expect, test} from 'vitest'
import {random} from '../../tensor/random.ts'
import {againstReference} from './reference.ts'

test('the bound follows from the reference’s spread, and from how many seeds either side has', () => {
  const reference = Array.from({length: 20}, (_, i) => 0.8 + (i % 2 ? 0.01 : -0.01))
  const {bound, difference, verdict} = againstReference(reference, [0.79, 0.8, 0.81])
  expect(difference).toBeCloseTo(0, 12)
  expect(bound / 0.01026).toBeCloseTo(1.57, 2) // k of 20 + 3 seeds at 1 %
  expect(verdict).toBe('holds')
  expect(againstReference(reference, [0.78, 0.78, 0.78]).verdict).toBe('fallen')
  expect(againstReference(reference, [0.83, 0.83, 0.83]).verdict).toBe('holds') // better has not fallen
})

test('20 reference seeds: 1 false alarm in 100 at most, and 9 in 10 of falls by 3 standard deviations are found', () => {
  const draws = random(3, 'reference')
  const seeds = (k: number, middle: number) => Array.from({length: k}, () => middle + 0.01 * draws.normal())
  const share = (k: number, shift: number) => {
    let fallen = 0
    for (let i = 0; i < 2000; i++) {
      fallen += againstReference(seeds(20, 0.8), seeds(k, 0.8 + shift)).verdict === 'fallen' ? 1 : 0
    }
    return fallen / 2000
  }
  for (const k of [3, 5]) {
    expect(share(k, 0), `${k} seeds`).toBeLessThanOrEqual(0.0135) // 0.01, and what 2,000 cases may miss by
    expect(share(k, -0.03), `${k} seeds`).toBeGreaterThanOrEqual(0.9)
  }
})
