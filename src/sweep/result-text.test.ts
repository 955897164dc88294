import {expect, test} from 'vitest'
import type {Failure} from '../recipes/failure.ts'
import type {CellReport} from './cell-report.ts'
import {areMistakes, resultText} from './result-text.ts'

test.each<[readonly Failure['kind'][], boolean]>([
  [['input', 'recipe'], true],
  [['input', 'io'], false], // a disk may have room later
  [['bug'], false],
])('after the failures %j, whether the same command would fail again is %s', (kinds, expected) => {
  const reports = kinds.map((kind, i): [string, CellReport] => [
    `cell ${i}`,
    {state: 'failed', failure: {kind, message: 'wrong'}},
  ])
  expect(areMistakes(new Map(reports))).toBe(expected)
  expect(areMistakes(new Map([...reports, ['other', {state: 'pending'}]]))).toBe(false)
})

test('one cell is singular', () => {
  const texts = [['a'], ['a', 'b']].map(labels =>
    resultText({cells: new Map(labels.map(label => [label, {state: 'pending'} as const])), results: [], warnings: []}),
  )
  expect(texts).toEqual(['1 cell: 1 pending', '2 cells: 2 pending'])
})
