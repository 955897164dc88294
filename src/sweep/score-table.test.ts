import {expect, test} from 'vitest'
import type {Row} from '../results/row.ts'
import type {CellReport} from './cell-report.ts'
import {scoreTable} from './score-table.ts'

const cell = (label: string, scores: Record<string, number>): [string, CellReport] => [
  label,
  {
    state: 'done',
    row: {scores: Object.fromEntries(Object.entries(scores).map(([k, score]) => [k, {score, n: 9}]))} as unknown as Row,
  },
]

test('each recipe has the mean and the standard deviation of each test set over the seeds that are done', () => {
  const cells = new Map<string, CellReport>([
    cell('a seed=0', {test: 0.5, other: 0.1}),
    cell('a seed=1', {test: 0.7, other: 0.1}),
    cell('b lr=1 seed=0', {test: 0.25}),
    ['b lr=1 seed=1', {state: 'failed'}],
    cell('c seed=0', {test: Number.NaN, other: Number.NaN}), // all predictions are equal, and a correlation has no value
    cell('c seed=1', {test: 0.5, other: Number.NaN}),
  ])
  expect(scoreTable(cells)).toEqual([
    'recipe                                   test                                other  seeds',
    'a                                 60.0 ± 14.1                           10.0 ± 0.0      2',
    'b lr=1                                   25.0                                    –      1',
    'c       25.0 ± 35.4 (1 without a value, as 0)  0.0 ± 0.0 (2 without a value, as 0)      2',
  ])
  expect(scoreTable(new Map([['c seed=0', {state: 'pending'}]]))).toEqual([])
})
