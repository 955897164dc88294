import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {buildEntries} from '../entries.ts'
import {suiteCurves} from './suite-curves.ts'

const [row] = paperRows([1])

test('a curve is the mean over runs with one setup', () => {
  const earlier = {...row, finished: '2026-11-23T18:00:00.000Z'}
  const other = {...row, seed: 2}
  const {entries} = buildEntries([
    {row: earlier, setup: 'another'},
    {row, setup: ''},
    {row: other, setup: ''},
  ])
  const losses = [
    {row: earlier, losses: [90, 90]},
    {row, losses: [3, 2]},
    {row: other, losses: [5, 4]},
  ]
  expect(suiteCurves('s', entries, losses)?.lines.map(({points}) => points)).toEqual([
    [
      {x: 1, y: 4},
      {x: 2, y: 3},
    ],
  ])
})
