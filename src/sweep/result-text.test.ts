import {expect, test} from 'vitest'
import type {Failure} from '../recipes/failure.ts'
import type {CellReport} from './cell-report.ts'
import {canGoOn, resultText} from './result-text.ts'

test.each<[readonly Failure['kind'][], boolean]>([
  [[], false],
  [['input', 'recipe'], false],
  [['input', 'io'], true], // a disk may have room later
  [['bug'], true],
])(
  'after the failures %j beside a cell that is done, whether the same command would do more is %s',
  (kinds, expected) => {
    const failed = kinds.map((kind, i): [string, CellReport] => [
      `cell ${i}`,
      {state: 'failed', failure: {kind, message: 'wrong'}},
    ])
    const cells: [string, CellReport][] = [['done', {state: 'done'}], ...failed]
    const rest = {results: [], warnings: []}
    expect(canGoOn({cells: new Map(cells), ...rest})).toBe(expected)
    const pending = new Map([...cells, ['other', {state: 'pending'}]] as const)
    expect(canGoOn({cells: pending, ...rest})).toBe(true)
    expect(canGoOn({cells: pending, queued: ['17'], ...rest})).toBe(false)
  },
)

test('one cell is singular', () => {
  const texts = [['a'], ['a', 'b']].map(labels =>
    resultText({cells: new Map(labels.map(label => [label, {state: 'pending'} as const])), results: [], warnings: []}),
  )
  expect(texts).toEqual(['1 cell: 1 pending', '2 cells: 2 pending'])
})
