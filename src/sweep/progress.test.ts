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

test('a cell that is resumed twice counts the work of an earlier process once', () => {
  const [label, second] = ['a', 1000]
  let now = 0
  const progress = openSweepProgress({shares: new Map([[label, 100]]), clock: () => now})
  const begin = (from: number) => {
    progress.apply({type: 'state', label, report: {state: 'running'}})
    progress.apply({type: 'run', label, event: {type: 'training', params: 1, steps: 100, from}})
  }
  begin(50)
  now += 10 * second
  begin(60) // after its process died
  expect(progress.secondsLeft()).toBeCloseTo(((100 - 54) * 10) / (54 - 45)) // 0.9 of a cell is its training
})
