import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {entriesOf, exampleRow, reportSources} from '../../../test/support/rows.ts'
import {groupBy} from '../../base/collections.ts'
import {referenceFolder} from '../../base/folders.ts'
import {readResults} from '../../results/read-results.ts'
import {buildEntries} from '../entries.ts'
import {buildReport} from '../report.ts'
import {runsOfRows} from '../row-setups.ts'
import {suiteTable} from './suite-table.ts'
import {unlikeNote} from './tuning-notes.ts'

const search = (trials: number, from: number) =>
  `grid of ${trials} trials × 3 seeds by validation accuracy: train.lr ${from} to 0.1 (log)`
const svft = {recipe: 'tuned/s/svft', seed: 3}
const lora = {recipe: 'tuned/s/lora', method: 'lora', settings: 'r=8 α=16', seed: 3}
const rowsOf = (...changes: object[]) => changes.map(exampleRow)

test('notes say how much each method was tuned, and within which bounds; equal efforts have no column', () => {
  const rows = rowsOf({...svft, search: search(8, 0.001)}, {...lora, search: search(8, 0.0001)})
  const unlike = `LoRA r=8: ${search(8, 0.0001)}; SVFT plain: ${search(8, 0.001)}`
  const {head, notes} = suiteTable('tuned/s', entriesOf(rows))
  expect(head.at(-1)?.text).toBe('Seconds')
  expect(notes).toEqual([
    'Tuned (LoRA r=8): grid of 8 trials × 3 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log).',
    'Tuned (SVFT plain): grid of 8 trials × 3 seeds by validation accuracy: train.lr 0.001 to 0.1 (log).',
    `Not tuned alike, so differences may come from the tuning: ${unlike}.`,
  ])
  expect(buildReport(reportSources(rows)).warnings).toEqual([`tuned/s: methods were not tuned alike: ${unlike}`])
  const alike = rowsOf({...svft, search: search(8, 0.001)}, {...lora, search: search(8, 0.001)})
  expect(buildReport(reportSources(alike)).warnings).toEqual([])
})

test('the suites of the reference that were tuned have no warning', async () => {
  const names = await readdir(referenceFolder())
  const files = names.filter(name => name.startsWith('tuned-')).map(name => join(referenceFolder(), name))
  expect(files.length).toBeGreaterThan(3)
  const rows = (await Promise.all(files.map(readResults))).flat()
  expect(entriesOf(rows).filter(({search}) => search === undefined)).toEqual([])
  expect([...groupBy(entriesOf(rows), ({suite}) => suite).values()].map(entries => unlikeNote(entries))).toEqual(
    files.map(() => undefined),
  )
})

test('a report warns of methods that were not tuned alike', () => {
  const rows = rowsOf({...svft, search: search(8, 0.001)}, lora)
  const unlike = 'LoRA r=8: not tuned; SVFT plain: grid of 8 trials × 3 seeds'
  expect(suiteTable('tuned/s', entriesOf(rows)).notes).toContain(
    `Not tuned alike, so differences may come from the tuning: ${unlike}.`,
  )
  expect(buildReport(reportSources(rows)).warnings).toEqual([`tuned/s: methods were not tuned alike: ${unlike}`])
})

test('a note names the methods whose best value was the lowest or the highest tried', () => {
  const edgeNote = (edges?: string) => {
    const rows = rowsOf({...svft, search: search(8, 0.001), searchEdges: edges}, {...lora, search: search(8, 0.001)})
    return suiteTable('tuned/s', entriesOf(rows)).notes?.find(note => note.startsWith('The best value'))
  }
  expect(edgeNote()).toBeUndefined()
  expect(edgeNote('highest train.lr')).toBe(
    'The best value was the lowest or the highest tried, so a better one may lie beyond (SVFT plain: highest train.lr).',
  )
})

test('a note names the methods that were scored with seeds of the search alone', () => {
  const biased = (seeds: readonly number[], text = search(8, 0.001)) => {
    const rows = seeds.flatMap(seed => rowsOf({...svft, search: text, seed}))
    return suiteTable('tuned/s', entriesOf([...rows, ...rowsOf({...lora, search: text})])).notes?.find(note =>
      note.startsWith('Scored only with seeds that the search tried'),
    )
  }
  expect(biased([0, 2])).toMatch(/ tried \(SVFT plain\): the scores are biased upwards, /)
  expect(biased([0, 1, 2, 3])).toBeUndefined()
  const one = search(8, 0.001).replace('3 seeds', '1 seed')
  expect([biased([42], one), biased([0], one)]).toEqual([expect.any(String), undefined])
  const named = search(8, 0.001).replace('3 seeds', '3 seeds (4-5,9)')
  expect([biased([5, 9], named), biased([5, 6], named)]).toEqual([expect.any(String), undefined])
})

test('a note gives the means without the seeds of the search, where both are scored', () => {
  const scores = [0.9, 0.8, 0.5, 0.4]
  const rows = [0, 2, 3, 4].flatMap((seed, i) =>
    rowsOf({...svft, search: search(8, 0.001), seed, scores: {mrpc: {score: scores[i], n: 100}}}),
  )
  const noteOf = (some: typeof rows) =>
    suiteTable('tuned/s', entriesOf(some)).notes?.find(note => note.startsWith('Some seeds'))
  expect(noteOf(rows)).toMatch(/ the means of the others alone: SVFT plain, 2 seeds: mrpc 45\.0\.$/)
  expect([noteOf(rows.slice(0, 2)), noteOf(rows.slice(2))]).toEqual([undefined, undefined])
})

test('a report says that the test data were scored after an earlier search too', () => {
  const rows = rowsOf(
    {...svft, search: search(7, 0.0001), finished: '2026-11-25T18:00:00.000Z'},
    {...svft, search: search(5, 0.001), hash: '0b'},
    {...lora, search: search(7, 0.0001)},
  )
  const warning = `tuned/s/svft: left out 1 of 2 runs, whose setup is not that of the last run; an earlier search chose their values (${search(5, 0.001)}), and the test data were scored after each search`
  const {entries, warnings} = buildEntries(runsOfRows(rows))
  expect(warnings).toEqual([warning])
  const {head, rows: lines, notes} = suiteTable('tuned/s', entries)
  expect(head.at(-1)).toEqual({text: 'Tuned', align: 'left'})
  expect(lines.map(cells => cells.at(-1)?.text)).toEqual([
    'grid of 7 trials × 3 seeds',
    'grid of 7 trials × 3 seeds, after an earlier search',
  ])
  expect(notes).toEqual([
    `Tuned: ${search(7, 0.0001)}.`,
    `The test data were scored after earlier searches too (SVFT plain): ${search(5, 0.001)}.`,
    'Not tuned alike, so differences may come from the tuning: LoRA r=8: grid of 7 trials × 3 seeds; SVFT plain: grid of 7 trials × 3 seeds, after an earlier search.',
  ])
  expect(buildReport({...reportSources([]), runs: runsOfRows(rows)}).warnings).toEqual([
    warning,
    expect.stringContaining('tuned/s: methods were not tuned alike: '),
  ])

  const third = exampleRow({...svft, search: search(9, 0.00001), hash: '0c', finished: '2026-11-26T18:00:00.000Z'})
  expect(buildEntries(runsOfRows([...rows, third])).warnings).toEqual([
    expect.stringContaining(
      `2 earlier searches chose their values (${search(5, 0.001)}; ${search(7, 0.0001)}), and the test data`,
    ),
  ])
})

test('a suite without searches has neither column nor warning', () => {
  const rows = rowsOf(svft, lora)
  const {head, notes} = suiteTable('tuned/s', entriesOf(rows))
  expect([head.map(({text}) => text).includes('Tuned'), notes]).toEqual([false, []])
  expect(buildReport(reportSources(rows)).warnings).toEqual([])
})

test('the trials of a search are drawn, and not compared with each other', () => {
  const trials = [0.001, 0.01, 0.1].map(lr => ({set: `train.lr=${lr}`, scores: {validation: {score: lr, n: 100}}}))
  const {comparisons, sections} = buildReport(reportSources(rowsOf(...trials)))
  expect(comparisons).toEqual([])
  expect(sections.flatMap(({figures = []}) => figures.map(({id}) => id))).toEqual(['gsm8k-mini-validation-by-train-lr'])
})
