import {expect, test} from 'vitest'
import {power} from './power.ts'

// Simulated with 20,000 draws each by another program: reference seeds, new seeds, α, power at −2 and at −3 sd.
test.each([
  [5, 3, 0.05, 0.73, 0.95],
  [5, 3, 0.01, 0.33, 0.65],
  [10, 3, 0.01, 0.6, 0.93],
  [20, 1, 0.01, 0.31, 0.65],
  [20, 3, 0.01, 0.75, 0.98],
  [20, 5, 0.01, 0.92, 1],
  [20, 3, 0.001, 0.4, 0.87],
])(
  '%i reference seeds and %i new ones at α = %f find a fall by 2 sd with %f, by 3 sd with %f',
  (reference, fresh, alpha, two, three) => {
    const judging = {reference, fresh, alpha}
    if (alpha >= 0.01) expect(power(2, judging)).toBeCloseTo(two, 1.4)
    expect(power(3, judging)).toBeCloseTo(three, 1.4)
  },
)

test('what has not fallen is called fallen with probability α', () => {
  expect(power(0, {reference: 20, fresh: 3, alpha: 0.01})).toBeCloseTo(0.01, 4)
})
