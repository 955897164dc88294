import {expect, test} from 'vitest'
import {paperRows} from '../../test/support/paper-rows.ts'
import {buildEntries} from './entries.ts'

const [one] = paperRows([1]).filter(({cells}) => cells?.includes('t1.g2.svft_p'))
const scored = (seed: number, score: number, changes: object = {}) => ({
  row: {...one, seed, scores: {gsm8k: {score, n: 1319}}, ...changes},
  setup: 'a',
})

test('the seeds of a recipe are one entry; the last run of each seed counts', () => {
  const later = scored(1, 0.5, {finished: '2026-11-25T18:00:00.000Z'})
  const {entries, warnings} = buildEntries([later, scored(2, 0.4), scored(1, 0.3)])
  expect(entries).toHaveLength(1)
  expect(entries[0].seeds).toEqual([1, 2])
  expect([...entries[0].columns.gsm8k.bySeed]).toEqual([
    [1, 0.5],
    [2, 0.4],
  ])
  expect(warnings).toEqual([])
})

test('a correlation without a value counts as 0 and is reported; a column without items is left out', () => {
  const stsb = (seed: number, score: number, n = 8) => scored(seed, 0, {scores: {stsb: {score, n, metric: 'pearson'}}})
  const {entries, warnings} = buildEntries([stsb(1, 0.4), stsb(2, Number.NaN), stsb(3, 0.8)])
  const {bySeed, withoutValue} = entries[0].columns.stsb
  expect([...bySeed.values()]).toEqual([0.4, 0, 0.8])
  expect(withoutValue).toEqual([2])
  expect(warnings).toEqual([`${one.recipe}, stsb: seed 2 has no value and counts as 0`])
  expect(buildEntries([stsb(1, Number.NaN), stsb(2, Number.NaN)]).warnings).toEqual([
    `${one.recipe}, stsb: seeds 1, 2 have no value and count as 0`,
  ])
  expect(buildEntries([stsb(2, Number.NaN, 0)]).entries[0].columns).toEqual({})
})

test('a recipe with overrides is an entry of its own, with its own setup', () => {
  const set = 'train.lr=0.001'
  const changed = {...scored(3, 0.1, {set, finished: '2026-11-23T18:00:00.000Z'}), setup: 'b'}
  const {entries, warnings} = buildEntries([scored(1, 0.3), scored(1, 0.5, {set}), changed])
  expect(entries.map(({name, seeds, columns}) => [name, seeds, columns.gsm8k.bySeed.get(1)])).toEqual([
    [one.recipe, [1], 0.3],
    [`${one.recipe} ${set}`, [1], 0.5],
  ])
  expect(warnings).toEqual([`${one.recipe} ${set}: left out 1 of 2 runs, whose setup is not that of the last run`])
})

test('the searches behind runs that are left out are listed, the earliest first', () => {
  const searched = (search: string, day: number) => ({
    ...scored(1, 0.5, {search, finished: `2026-11-${day}T18:00:00.000Z`}),
    setup: search,
  })
  const {entries} = buildEntries([searched('third', 25), searched('first', 21), searched('second', 23)])
  expect(entries).toMatchObject([{search: 'third', earlierSearches: ['first', 'second']}])
})

test('recipes without a folder form one suite if their test files agree; a single one is a suite with its own name', () => {
  const run = (recipe: string, n: number, set?: string) => ({
    row: {...one, recipe, ...(set ? {set} : {}), scores: {test: {score: 0.5, n}}},
    setup: 'a',
  })
  const suites = (...runs: ReturnType<typeof run>[]) => buildEntries(runs).entries.map(({name, suite}) => [name, suite])
  const [a, b, swept] = [run('a', 8), run('b', 8), run('a', 8, 'train.lr=0.1')]
  expect(suites(a, b, run('x/y/c', 8))).toEqual([
    ['a', 'own recipes'],
    ['b', 'own recipes'],
    ['x/y/c', 'x/y'],
  ])
  expect(suites(a, swept, run('c', 9)).map(([, suite]) => suite)).toEqual(['a', 'a', 'c'])
  expect(suites(a, b, run('c', 9), run('d', 9)).map(([, suite]) => suite)).toEqual([
    'own recipes (test: accuracy, n=8)',
    'own recipes (test: accuracy, n=8)',
    'own recipes (test: accuracy, n=9)',
    'own recipes (test: accuracy, n=9)',
  ])
})
