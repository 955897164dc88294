import {expect, test} from 'vitest'
import {watchLosses} from './watch-losses.ts'

/** What is warned of while a run reports these losses, and a gradient of 1 or these. */
function warnings(losses: readonly number[], gradNorms: readonly number[] = [], before: readonly number[] = []) {
  const told: string[] = []
  const seen: number[] = []
  const watch = watchLosses({step: ({step}) => seen.push(step), warn: text => told.push(text)}, {losses: [...before]})
  for (const [i, loss] of losses.entries()) {
    watch({step: before.length + i + 1, steps: 99, loss, lr: 1e6, gradNorm: gradNorms[i] ?? 1, tokens: 1, seconds: 1})
  }
  expect(seen).toHaveLength(losses.length)
  return told
}

const after = (first: number, loss: number) => [first, ...Array<number>(20).fill(loss)]

test('losses far above the first are warned of once, after several steps', () => {
  expect(warnings(after(2.5, 6.2))).toEqual([
    'step 9: the loss has risen: its mean over the last 8 steps is 6.20, and in the first step it was 2.50; ' +
      'a learning rate below 1.00e+6 or a longer warm-up may help',
  ])
})

test('a loss that stays, rises a little or once, or was small at first, is not warned of', () => {
  expect(warnings(after(2.5, 2.5))).toEqual([])
  expect(warnings(after(2.5, 4))).toEqual([])
  expect(warnings(after(0.01, 0.4))).toEqual([])
  expect(warnings([2.5, 2, 2, 2, 2, 12, 2, 2, 2, 2, 2, 2])).toEqual([])
})

test('a run that goes on is held against its first loss', () => {
  expect(warnings([6, 6, 6, 6, 6, 6, 6], [], [2, 3, 4])).toEqual([
    expect.stringMatching(/^step 9: the loss has risen: .*2\.00/),
  ])
})

test('a gradient of 0 is warned of once', () => {
  expect(warnings([1, 1, 1], [1, 0, 0])).toEqual([
    'step 2: the gradient is 0, so nothing is learned; a learning rate below 1.00e+6 may help',
  ])
})
