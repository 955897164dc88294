import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {exampleRow} from '../../test/support/rows.ts'
import {withLock} from '../base/lock.ts'
import {collectAll} from '../report/sources/collect.ts'
import {readResults} from '../results/read-results.ts'
import {writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {collectRows} from './collect-rows.ts'
import {makeSharedFolders} from './shared-folders.ts'

let folder: string
beforeEach(() => {
  folder = openFolder()
  process.chdir(folder)
})
afterEach(() => vi.useRealTimers())

const row = (recipe: string, seed = 1) => exampleRow({recipe, seed})
const finish = (row: Row) => writeRow(join(folder, 'runs', `${row.recipe.replaceAll('/', '-')}-s${row.seed}`), row)
const recipes = (name: string) =>
  readFileSync(join(folder, 'results', name), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split(',')[0])

test('a suite is a recipe’s folder; what stands in none has a file of its own', async () => {
  for (const name of ['gsm8k/mini/a', 'gsm8k/mini/b', 'gsm8k/other/a', 'mini', 'mini2']) await finish(row(name))
  expect((await collectRows({name: 'gsm8k/mini/b'})).file).toBe(join(folder, 'results/gsm8k-mini.csv'))
  await collectRows({name: 'mini'})
  expect(recipes('gsm8k-mini.csv')).toEqual(['gsm8k/mini/a', 'gsm8k/mini/b'])
  expect(recipes('mini.csv')).toEqual(['mini'])
})

test('suites that share a file share its lines', async () => {
  for (const name of ['gsm8k/mini/a', 'gsm8k-mini']) await finish(row(name))
  await collectRows({name: 'gsm8k-mini'})
  expect(recipes('gsm8k-mini.csv')).toEqual(['gsm8k-mini', 'gsm8k/mini/a'])
})

test('the rows of a suite are found in any folder that is not named as a run of another', async () => {
  const folders = {
    'gsm8k-mini-a-0123abcd-s1': row('gsm8k/mini/a', 1),
    'far/gsm8k-mini-a-0123abcd-s2': row('gsm8k/mini/a', 2),
    'renamed by hand': row('gsm8k/mini/a', 3),
    'gsm8k-mini-b-c-0123abcd-s4': row('gsm8k/mini/b-c', 4),
    'gsm8k-mini-0123abcd-s5': row('gsm8k-mini', 5),
    'gsm8k-mini-more-a-0123abcd-s6': row('gsm8k/mini/more/a', 6),
    'gsm8k-mini2-a-0123abcd-s7': row('gsm8k/mini2/a', 7),
  }
  for (const [name, row] of Object.entries(folders)) await writeRow(join(folder, 'runs', name), row)
  await writeRow(join(folder, 'disk/x'), row('gsm8k/mini/a', 8))
  symlinkSync('../disk/x', join(folder, 'runs/gsm8k-mini-a-0123abcd-s8'))
  mkdirSync(join(folder, 'runs/glue-a-0123abcd-s1'))
  writeFileSync(join(folder, 'runs/glue-a-0123abcd-s1/row.json'), '{')
  const {file, warnings} = await collectRows({name: 'gsm8k/mini/a'})
  expect(warnings).toEqual([]) // the broken row is another suite's
  expect((await readResults(file ?? '')).map(({recipe, seed}) => `${recipe} ${seed}`)).toEqual([
    'gsm8k-mini 5',
    'gsm8k/mini/a 1',
    'gsm8k/mini/a 2',
    'gsm8k/mini/a 3',
    'gsm8k/mini/a 8',
    'gsm8k/mini/b-c 4',
  ])
})

test('broken rows are reported once', async () => {
  await finish(row('mini'))
  await finish(row('mini', 2))
  writeFileSync(join(folder, 'runs/mini-s2/row.json'), '{')
  const {warnings} = await collectRows({name: 'mini'})
  expect(recipes('mini.csv')).toEqual(['mini'])
  expect(warnings).toEqual([`left out ${folder}/runs/mini-s2/row.json: not JSON`])
})

test('a file that is no results file stays as it is, and is reported', async () => {
  await makeSharedFolders([])
  await finish(row('mini'))
  for (const text of ['edited by hand', 'recipe,colour\nmini,red\n', 'recipe,"hash\n', '<<<<<<< HEAD\nrecipe\n']) {
    writeFileSync(join(folder, 'results/mini.csv'), text)
    const {file, warnings} = await collectRows({name: 'mini'})
    expect(file).toBeUndefined()
    expect(warnings).toEqual([
      expect.stringMatching(/^not changed, .*mini\.csv:.*; repair or move the file, then run svft collect$/),
    ])
    expect(readFileSync(join(folder, 'results/mini.csv'), 'utf8')).toBe(text)
  }
  expect(readdirSync(join(folder, 'results'))).toEqual(['mini.csv'])
})

test('of many runs that end at once, none is missing from the results', async () => {
  const end = async (seed: number) => {
    await finish(row('suite/a', seed))
    await collectRows({name: 'suite/a'})
  }
  await Promise.all(Array.from({length: 8}, (_, seed) => end(seed)))
  expect(recipes('suite.csv')).toHaveLength(8)
})

test('a run that waits long for another to rewrite its results says so, and a stop ends the wait', async () => {
  await finish(row('suite/a'))
  vi.useFakeTimers({toFake: ['setTimeout']})
  const stop = new AbortController()
  const reason = new Error('stopped by the user')
  const warnings: string[] = []
  const warn = (text: string) => {
    warnings.push(text)
    stop.abort(reason)
  }
  const collect = async () => {
    const waiting = collectRows({name: 'suite/a'}, {warn, signal: stop.signal})
    while (vi.getTimerCount() === 0) await setTimeout(10)
    vi.advanceTimersByTime(60_000)
    await waiting
  }
  await expect(withLock(join(folder, 'results'), collect, {of: 'collect'})).rejects.toBe(reason)
  expect(warnings).toEqual([expect.stringContaining('/results: this process is already at work here')])
})

test('of runs in several folders that are collected at once, none is missing from the results', async () => {
  await finish(row('suite/a'))
  const others = Array.from({length: 6}, (_, i) => join(folder, `other-${i}`))
  for (const [seed, other] of others.entries()) await writeRow(other, row('suite/b', seed))
  await Promise.all([collectRows({name: 'suite/a'}), ...others.map(other => collectAll(other))])
  expect(recipes('suite.csv')).toHaveLength(7)
})

test('a results folder that is a file, or below one, is an I/O fault', async () => {
  writeFileSync(join(folder, 'results'), '')
  await expect(makeSharedFolders([])).rejects.toMatchObject({
    kind: 'io',
    message: `${folder}/results: a file, not a folder`,
  })
})
