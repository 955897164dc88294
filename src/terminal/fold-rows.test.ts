import {expect, test} from 'vitest'
import {alignColumns} from './align-columns.ts'
import {foldRows} from './fold-rows.ts'

const SIDES = ['left', 'right', 'left'] as const
const rows = [
  ['Method', 'Score', 'Better than'],
  ['SVFT plain', '93.0', 'BOFT b=8, VeRA r=64, LoRA r=1'],
  ['LoRA r=1', '9.0', '–'],
]

test('columns are aligned by the cells that characters take, of which wide ones take two', () => {
  const names = [
    ['日本語', '1.0', 'a'],
    ['e\u0301', '10.0', 'b'],
    ['กี่', '2.0', 'c'],
  ]
  expect(alignColumns(names, SIDES)).toEqual(['日本語   1.0  a', 'e\u0301       10.0  b', 'กี่        2.0  c'])
})

test('lists continue in lines below if the table is too wide', () => {
  expect(foldRows(rows, {sides: SIDES, width: 48})).toEqual(rows)
  expect(alignColumns(foldRows(rows, {sides: SIDES, width: 40})!, SIDES)).toEqual([
    'Method      Score  Better than',
    'SVFT plain   93.0  BOFT b=8, VeRA r=64,',
    '                   LoRA r=1',
    'LoRA r=1      9.0  –',
  ])
})

test('a list is not broken inside a name, and a table that is still too wide is undefined', () => {
  expect(foldRows(rows, {sides: SIDES, width: 30})).toHaveLength(5)
  expect(foldRows(rows, {sides: SIDES, width: 29})).toBeUndefined()
})
