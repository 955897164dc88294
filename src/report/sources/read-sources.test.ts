import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {exampleRow} from '../../../test/support/rows.ts'
import {openWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import {referenceFolder} from '../../base/folders.ts'
import {withoutSet} from '../../recipes/file/change-recipe.ts'
import {readResults} from '../../results/read-results.ts'
import {writeResults, writeRow} from '../../results/results-file.ts'
import type {Row} from '../../results/row.ts'
import {buildReport} from '../report.ts'
import {readSources} from './read-sources.ts'

const committed = await readResults(join(referenceFolder(), 'glue-mini.csv'))
const [first] = committed

let folder: string
beforeEach(() => {
  folder = openFolder()
  process.chdir(folder)
})

test('without a path a report is of the runs here, else of the results, else of the reference with a warning', async () => {
  const fresh = await readSources()
  expect(fresh.reference).toBe('itself')
  expect(fresh.runs.length).toBeGreaterThan(200)
  expect(fresh.warnings).toEqual([expect.stringMatching(/^no finished runs here: this report is of the reference, /)])

  await writeResults(join(folder, 'results/glue-mini.csv'), [first, {...first, seed: 97, hash: 'b'}])
  const ofResults = await readSources()
  expect(ofResults.runs.map(({row}) => row.seed)).toEqual([first.seed, 97])
  expect(ofResults.reference).toEqual(committed)

  mkdirSync(join(folder, 'runs/a'), {recursive: true})
  await writeRow(join(folder, 'runs/a'), first)
  const ofRuns = await readSources()
  expect(ofRuns.runs.map(({row}) => row)).toEqual([first])
  expect(ofRuns.reference).toEqual(committed)
  expect(ofRuns.warnings).toEqual([])
})

test('finished runs whose rows cannot be read are named with the reason, where there is no other', async () => {
  await writeRow(join(folder, 'runs/a'), first)
  const file = join(folder, 'runs/a/row.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace('"seed": ', '"sed": '))
  const reasons = 'left out runs/a/row.json: seed: is missing; unknown key "sed"'
  await expect(readSources('runs')).rejects.toMatchObject({
    kind: 'input',
    message: `runs: no row of a finished run can be read:\n${reasons}`,
  })
  const {reference, warnings, unread} = await readSources()
  expect(reference).toBe('itself')
  expect(warnings).toEqual([
    expect.stringMatching(/^no row of a finished run here can be read: this report is of the ref/),
  ])
  expect(unread).toEqual([reasons])
  await writeResults(join(folder, 'results/glue-mini.csv'), [first])
  expect((await readSources()).unread).toEqual([reasons])
})

test('the reference and each of its files are recognized by their path', async () => {
  const {reference, runs} = await readSources(join(referenceFolder(), 'glue-mini.csv'))
  expect([reference, runs.length]).toEqual(['itself', committed.length])
})

test('a bad value excludes only its own row, and is reported', async () => {
  await writeResults(join(folder, 'own/a.csv'), [first, {...first, seed: 97}])
  await writeResults(join(folder, 'own/b.csv'), [{...first, recipe: 'glue/mini/other'}])
  const file = join(folder, 'own/a.csv')
  writeFileSync(file, readFileSync(file, 'utf8').replace(`,${first.params},`, ',many,'))
  const {runs, unread} = await readSources('own')
  expect(runs.map(({row}) => [row.recipe, row.seed])).toEqual([
    [first.recipe, 97],
    ['glue/mini/other', first.seed],
  ])
  expect(unread).toEqual([
    expect.stringMatching(/^left out own\/a\.csv:2:\d+: params is "many"; expected a whole number of at least 0$/),
  ])
  await writeResults(join(folder, 'one/a.csv'), [first])
  writeFileSync(join(folder, 'one/a.csv'), readFileSync(join(folder, 'one/a.csv'), 'utf8').replace(/\.\d+Z/, ''))
  await expect(readSources('one')).rejects.toThrow(/^one\/a\.csv:2:\d+: finished is "/)
})

test('of the folders below results files, trials count as cost alone, and the others are named', async () => {
  const trial = {...first, recipe: 'tune/glue/mini/svft-plain'}
  await writeResults(join(folder, 'own/a.csv'), [first])
  await writeResults(join(folder, 'own/trials/tune-a.csv'), [trial])
  for (const file of ['own/more/a.csv', 'own/more/b.csv', 'own/other ones/a.csv'])
    await writeResults(join(folder, file), [first])
  mkdirSync(join(folder, 'own/figures'))
  mkdirSync(join(folder, 'own/damaged/a.csv'), {recursive: true})
  const sources = await readSources('own')
  expect(sources.runs.map(({row}) => row)).toEqual([first])
  expect(sources.trials).toEqual([trial])
  expect(sources.unread.at(-1)).toMatch(/damaged\/a\.csv: /)
  const {facts, summary} = buildReport(sources)
  expect(facts.at(-1)).toEqual({
    name: 'Not in this report',
    text: "2 results files, which svft report own/more reads; 1 results file, which svft report 'own/other ones' reads",
  })
  expect([summary.searchCost.runs, summary.total.runs]).toEqual([1, 2])
})

test('a seed that diverged has the setup of the newest finished run of its recipe with the same model and data, in any order', async () => {
  const recipe = withoutSet(await tinyRecipe(await openWorkplace()))
  const [first, last] = ['2026-11-20T10:00:00.000Z', '2026-11-21T10:00:00.000Z']
  const write = (name: string, seed: number, data: object) => {
    const path = join(folder, 'runs', name)
    mkdirSync(path, {recursive: true})
    const own = {...recipe, name: 's/a', seed, data: {...recipe.data, ...data}}
    writeFileSync(join(path, 'recipe.json'), JSON.stringify(own))
    return path
  }
  const finish = (name: string, seed: number, {data = {}, ...own}: {data?: object} & Partial<Row>) =>
    writeRow(write(name, seed, data), exampleRow({recipe: 's/a', seed, ...own}))
  const diverge = (name: string, seed: number, data: object) =>
    writeFileSync(join(write(name, seed, data), 'failed.json'), JSON.stringify({kind: 'diverged', message: 'step 1'}))
  const [both, reversed] = [{test: {a: 'a', b: 'b'}}, {test: {b: 'b', a: 'a'}}]
  await finish('old', 1, {data: both, finished: first, dataRevision: 'old'})
  await finish('new', 2, {data: both, finished: last, dataRevision: 'new'})
  await finish('moved', 3, {data: {test: {a: 'a', b: 'c'}}, finished: last, dataRevision: 'moved'})
  await finish('other', 4, {data: both, finished: last, dataRevision: 'other', recipe: 's/b'})
  diverge('reversed', 5, reversed)
  diverge('elsewhere', 6, {test: {a: 'a', b: 'd'}})
  const {runs, diverged = []} = await readSources()
  const setupOf = (revision: string) => runs.find(({row}) => row.dataRevision === revision)?.setup
  expect(setupOf('new')).not.toBe(setupOf('old'))
  expect(diverged).toEqual([
    {recipe: 's/a', seed: 6, setup: undefined},
    {recipe: 's/a', seed: 5, setup: setupOf('new')},
  ])
})

test('seeds that diverged are named where their recipe has finished runs, unless these are of the same seed', async () => {
  const recipe = withoutSet(await tinyRecipe(await openWorkplace()))
  const write = (name: string, own: object, failure?: object) => {
    const path = join(folder, 'runs', name)
    mkdirSync(path, {recursive: true})
    writeFileSync(join(path, 'recipe.json'), JSON.stringify({...recipe, name: 's/a', ...own}))
    if (failure) writeFileSync(join(path, 'failed.json'), JSON.stringify(failure))
    return path
  }
  for (const seed of [1, 2]) await writeRow(write(`a${seed}`, {seed}), exampleRow({recipe: 's/a', seed}))
  const diverged = {kind: 'diverged', message: 'step 41: the loss is not finite'}
  write('again', {seed: 2}, diverged) // the seed has finished in another folder
  for (const seed of [4, 3]) write(`b${seed}`, {seed}, diverged)
  write('edited', {seed: 5, train: {...recipe.train, lr: 0.5}}, diverged)
  write('memory', {seed: 6}, {kind: 'failed', message: 'out of memory'})
  write('lost', {seed: 1, name: 's/lost'}, diverged)
  write('trial', {seed: 1, name: 'tune/s/a'}, diverged)
  const {entries, sections, warnings} = buildReport(await readSources())
  const text = '2 of 4 seeds diverged (3, 4); the mean is of the others'
  expect(entries.map(({seeds, diverged}) => [seeds, diverged])).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
  ])
  expect(sections.flatMap(({tables = []}) => tables)[0].notes).toEqual([`SVFT plain: ${text}.`])
  expect(warnings).toEqual([`s/a: ${text}`, 's/lost: left out: none of its runs finished, and 1 diverged'])
})
