import {expect, test} from 'vitest'
import {alignColumns} from './align-columns.ts'
import {foldRows} from './fold-rows.ts'

const SIDES = ['left', 'right', 'left'] as const
const rows = [
  ['Method', 'Score', 'Better than'],
  ['SVFT plain', '93.0', 'BOFT b=8, VeRA r=64, LoRA r=1'],
  ['LoRA r=1', '9.0', '–'],
]

test('lists go on in lines below where the table would be too wide', () => {
  expect(foldRows(rows, {sides: SIDES, width: 48})).toEqual(rows)
  expect(alignColumns(foldRows(rows, {sides: SIDES, width: 40})!, SIDES)).toEqual([
    'Method      Score  Better than',
    'SVFT plain   93.0  BOFT b=8, VeRA r=64,',
    '                   LoRA r=1',
    'LoRA r=1      9.0  –',
  ])
})

test('no list is broken inside of a name, and what is then too wide is no table', () => {
  expect(foldRows(rows, {sides: SIDES, width: 30})).toHaveLength(5)
  expect(foldRows(rows, {sides: SIDES, width: 29})).toBeUndefined()
})
