import {expect, test} from 'vitest'
import {LiveProgress} from './live-progress.ts'

test('all work is done when all cells are, in whatever order they end', () => {
  const shares = new Map(Object.entries({a: 0.1, b: 0.2, c: 0.3})) // whose sum depends on their order
  const progress = new LiveProgress({shares})
  const fractions = ['c', 'b', 'a'].map(label => {
    progress.apply({type: 'state', label, report: {state: label === 'b' ? 'failed' : 'done'}})
    return progress.fraction()
  })
  expect(fractions).toEqual([expect.closeTo(1 / 2), expect.closeTo(5 / 6), 1])
})

test('a cell that is resumed twice counts the work of an earlier process once', () => {
  const [label, second] = ['a', 1000]
  let now = 0
  const progress = new LiveProgress({shares: new Map([[label, 100]]), clock: () => now})
  const begin = (from: number) => {
    progress.apply({type: 'state', label, report: {state: 'running'}})
    progress.apply({type: 'run', label, event: {type: 'training', params: 1, steps: 100, from}})
  }
  begin(50)
  now += 10 * second
  begin(60) // after its process died
  expect(progress.secondsLeft()).toBeCloseTo(((100 - 54) * 10) / (54 - 45)) // 0.9 of a cell is its training
})

const hour = 3_600_000
const minutes = (labels: readonly string[]) => new Map(labels.map(label => [label, 60]))

test('time in a queue or a download is not measured as work', () => {
  let now = 0
  const progress = new LiveProgress({shares: minutes(['a', 'b']), planned: 120, clock: () => now})
  now += hour
  expect(progress.secondsLeft()).toBe(120)
  progress.apply({type: 'state', label: 'a', report: {state: 'running'}})
  progress.apply({type: 'run', label: 'a', event: {type: 'download', done: 1, total: 2}})
  now += hour
  expect(progress.secondsLeft()).toBe(120)
  progress.apply({type: 'state', label: 'b', report: {state: 'done'}}) // elsewhere
  expect(progress.secondsLeft()).toBe(60)
})

test('steps alone measure the pace, as of a task on Slurm that is followed again', () => {
  let now = 0
  const progress = new LiveProgress({shares: minutes(['a', 'b']), planned: 120, clock: () => now})
  const step = (step: number) => {
    const report = {step, steps: 100, loss: 1, lr: 1, gradNorm: 1, tokens: 1, seconds: 1}
    progress.apply({type: 'run', label: 'a', event: {type: 'step', report}})
  }
  progress.apply({type: 'state', label: 'a', report: {state: 'running'}})
  step(50)
  const planned = 120 - 27 // half of the training of one cell was done before
  expect(progress.secondsLeft()).toBeCloseTo(planned)
  now += hour
  step(60)
  expect(progress.secondsLeft()).toBeGreaterThan(10 * planned)
})

test('cells that fail are no measure of the others', () => {
  let now = 0
  const labels = Array.from({length: 100}, (_, i) => `${i}`)
  const progress = new LiveProgress({shares: minutes(labels), planned: 6000, clock: () => now})
  for (const label of labels.slice(0, 50)) {
    progress.apply({type: 'state', label, report: {state: 'running'}})
    progress.apply({type: 'run', label, event: {type: 'training', params: 1, steps: 2, from: 1}})
    progress.apply({type: 'state', label, report: {state: 'failed'}})
  }
  expect(progress.secondsLeft()).toBeCloseTo(3000)
  now += 10_000
  expect(progress.secondsLeft()).toBeGreaterThan(3000)
  expect(progress.fraction()).toBe(0.5)
})
