import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {buildEntries} from './entries.ts'
import {runsOfRows} from './row-setups.ts'

test('runs of one recipe in two precisions are not averaged: those of the last one count', () => {
  const early = '2026-11-20T18:00:00.000Z'
  const rows = [
    exampleRow({seed: 1, finished: early}),
    exampleRow({seed: 2, precision: 'bf16'}),
    exampleRow({seed: 3, precision: 'bf16', finished: early}),
  ]
  const {entries, warnings} = buildEntries(runsOfRows(rows))
  expect(entries).toMatchObject([{seeds: [2, 3], precision: 'bf16'}])
  expect(warnings).toEqual([
    expect.stringMatching(
      /: left out 1 of 3 runs, whose setup is not that of the last run: precision was not set, is bf16$/,
    ),
  ])
})

test('seeds that were scored by different metrics are not averaged', () => {
  const early = '2026-11-20T18:00:00.000Z'
  const rows = [
    exampleRow({seed: 1, finished: early, scores: {test: {score: 0.9, n: 10}}}),
    exampleRow({seed: 2, scores: {test: {score: 0.3, n: 10, metric: 'macro-f1'}}}),
  ]
  expect(buildEntries(runsOfRows(rows)).entries).toMatchObject([{seeds: [2]}])
})

test('data that each seed draws do not divide seeds, even if one of them was run twice', () => {
  const drawn = (seed: number, hash: string) => exampleRow({seed, hash, dataRevision: `d${seed}`})
  const rows = [drawn(1, '0a'), drawn(1, '0b'), drawn(2, '0c')]
  expect(buildEntries(runsOfRows(rows)).entries).toMatchObject([{seeds: [1, 2]}])
  const shared = [...rows, exampleRow({seed: 3, hash: '0d', dataRevision: 'd2', finished: '2026-11-25T18:00:00.000Z'})]
  expect(buildEntries(runsOfRows(shared)).entries).toMatchObject([{seeds: [2, 3]}])
})
