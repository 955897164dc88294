import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {enterWorkplace, writeLines, writeRecipe} from '../../test/support/workplace.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {runFolderAt} from '../recipes/run-folder.ts'
import {writeResults, writeRow} from '../results/results-file.ts'
import type {CellRun} from '../sweep/cell-report.ts'
import {earlierSearchWarnings, rescoringWarnings} from './earlier-searches.ts'
import {readTuning} from './read-tuning.ts'

test('a search says before it starts that the test data were scored after another one', async () => {
  const folder = await enterWorkplace()
  const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}
  writeLines(join(folder, 'validation.jsonl'), [{query: 'a', response: '#### 1'}])
  const files = ['a', 'b', 'c'].map(name => writeRecipe(folder, {name: `s/${name}`, data}, `${name}.yaml`))
  const warningsOf = async (over: string, trials: number) =>
    earlierSearchWarnings(await readTuning({paths: files, over: [`train.lr=${over}:log`], trials, seeds: '0-1'}))
  expect(await warningsOf('1e-4..1e-1', 4)).toEqual([])

  const search = 'grid of 4 trials × 2 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log)'
  await writeRow(join(folder, 'runs/tuned-s-a-0a-s0'), exampleRow({recipe: 'tuned/s/a', search, seed: 0}))
  await writeRow(
    join(folder, 'runs/tuned-s-a-0b-s0'),
    exampleRow({recipe: 'tuned/s/a', set: 'train.steps=9', hash: '0b'}),
  )
  await writeResults(join(folder, 'results/tuned-s.csv'), [exampleRow({recipe: 'tuned/s/b', search})])
  expect(await warningsOf('1e-4..1e-1', 4)).toEqual([]) // the same search, repeated
  expect(await warningsOf('1e-5..1e-1', 5)).toEqual([
    `tuned/s/a, tuned/s/b: already scored on the test data, after another search: ${search}; if this search finds other values, they are scored as well, and reports mention both searches`,
  ])

  const earlier = 'halving of 4 trials × 2 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log)'
  const finished = '2026-11-20T18:00:00.000Z'
  const row = exampleRow({recipe: 'tuned/s/a', search: earlier, seed: 0, hash: '0c', finished})
  await writeRow(join(folder, 'runs/tuned-s-a-0c-s0'), row)
  expect(await warningsOf('1e-5..1e-1', 5)).toEqual([
    expect.stringContaining(
      `tuned/s/a: already scored on the test data, after 2 other searches: ${earlier}; ${search};`,
    ),
    expect.stringContaining(`tuned/s/b: already scored on the test data, after another search: ${search};`),
  ])

  const file = join(folder, 'results/tuned-s.csv')
  writeFileSync(file, readFileSync(file, 'utf8').replace('\n', ',note\n').replace(/\n$/, ',x\n'))
  expect(await warningsOf('1e-4..1e-1', 4)).toEqual([
    expect.stringMatching(/tuned-s\.csv:1:\d+: unknown column note$/), // a column of the user's own does not stop a search
    expect.stringContaining(`tuned/s/a: already scored on the test data, after another search: ${earlier};`),
  ])
})

test('a search with other seeds is another one, and a search with other settings is announced before it scores', async () => {
  const folder = await enterWorkplace()
  const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}
  writeLines(join(folder, 'validation.jsonl'), [{query: 'a', response: '#### 1'}])
  const file = writeRecipe(folder, {name: 's/a', data}, 'a.yaml')
  const search = 'grid of 4 trials × 3 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log)'
  await writeResults(join(folder, 'results/tuned-s.csv'), [exampleRow({recipe: 'tuned/s/a', search, seed: 0})])
  const tuningOf = (seeds: string) => readTuning({paths: [file], over: ['train.lr=1e-4..1e-1:log'], trials: 4, seeds})
  expect(await earlierSearchWarnings(await tuningOf('0-2'))).toEqual([])
  expect(await earlierSearchWarnings(await tuningOf('3-5'))).toEqual([
    expect.stringContaining(`tuned/s/a: already scored on the test data, after another search: ${search};`),
  ])

  const {subjects} = await tuningOf('0-2')
  const read = await readRecipe(file, {set: ['name=tuned/s/a', 'seed=0']})
  const runAt = (hash: string): CellRun => ({
    cell: {label: 'a', file: 'b.yaml', set: [], ...read},
    folder: runFolderAt('', `tuned-s-a-${hash}-s0`),
    status: {state: 'pending'},
  })
  expect(await rescoringWarnings([runAt('0a')], subjects)).toEqual([])
  expect(await rescoringWarnings([runAt('0b')], subjects)).toEqual([
    'tuned/s/a: scored on the test data once more, since its values or settings differ from those of earlier rows with seed 0',
  ])
  const done: CellRun = {...runAt('0b'), status: {state: 'done', row: exampleRow()}}
  expect(await rescoringWarnings([done], subjects)).toEqual([])
})
