import {expect, test} from 'vitest'
import {openSweepProgress} from './progress.ts'

test('all work is done when all cells are, in whatever order they end', () => {
  const shares = new Map(Object.entries({a: 0.1, b: 0.2, c: 0.3})) // whose sum depends on their order
  const progress = openSweepProgress({shares})
  const fractions = ['c', 'b', 'a'].map(label => {
    progress.apply({type: 'state', label, report: {state: label === 'b' ? 'failed' : 'done'}})
    return progress.fraction()
  })
  expect(fractions).toEqual([expect.closeTo(1 / 2), expect.closeTo(5 / 6), 1])
})
