import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openWorkplace, writeRecipe} from '../../test/support/workplace.ts'
import {readCells} from './cells.ts'
import {parseSeeds} from './seeds.ts'

let folder: string
beforeEach(async () => {
  folder = await openWorkplace()
  process.chdir(folder)
  mkdirSync('suite')
  writeRecipe(join(folder, 'suite'), {name: 'suite/a'}, 'a.yaml')
  writeRecipe(join(folder, 'suite'), {name: 'suite/b', seed: 3}, 'b.yaml')
  writeFileSync('suite/_base.yaml', 'task: gsm8k\n')
})

const labels = async (paths: readonly string[], {seeds, set}: {seeds?: string; set?: string[]} = {}) =>
  (await readCells({paths, seeds, set})).map(({label}) => label)

test('a folder stands for its recipes, without those that others extend, with their own seeds', async () => {
  expect(await labels(['suite'])).toEqual(['suite/a seed=42', 'suite/b seed=3'])
  expect(await labels(['suite', 'suite/a.yaml'])).toEqual(['suite/a seed=42', 'suite/b seed=3'])
})

test('table1 is every shipped recipe that reproduces a row of that table, unless a file has that name', async () => {
  const table = await labels(['table1'], {seeds: '0'})
  expect(table).toHaveLength(27)
  expect(table).toContain('gsm8k/gemma-2b/svft-plain seed=0')
  expect(await labels(['figure4'], {seeds: '0'})).toContain('gsm8k/gemma-2b/svft-plain seed=0')
  mkdirSync('table1')
  writeRecipe(join(folder, 'table1'), {name: 'own'}, 'a.yaml')
  expect(await labels(['table1'])).toEqual(['own seed=42'])
  await expect(labels(['table7'])).rejects.toThrow(
    /^neither a file nor a table, row or figure of the paper: table7; did you mean n7\? known: table1, /,
  )
  await expect(labels(['tabel1'])).rejects.toMatchObject({
    kind: 'usage',
    message: 'no such file: tabel1; did you mean table1?',
  })
})

test('several overrides of one key are alternatives, and a label has only the values that vary', async () => {
  const set = ['train.lr=1e-3', 'train.steps=2', 'train.lr=1e-2', 'train.lr=1e-3']
  const cells = await readCells({paths: ['suite/a.yaml'], seeds: '0,1', set})
  expect(cells.map(({label}) => label)).toEqual([
    'suite/a train.lr=1e-3 seed=0',
    'suite/a train.lr=1e-3 seed=1',
    'suite/a train.lr=1e-2 seed=0',
    'suite/a train.lr=1e-2 seed=1',
  ])
  expect(cells[3].set).toEqual(['train.lr=1e-2', 'train.steps=2', 'seed=1'])
  expect(cells[3].recipe).toMatchObject({seed: 1, train: {lr: 1e-2, steps: 2}})
})

test('settings that give the same run are one cell, however they are written', async () => {
  const one = ['suite/a train.lr=1e-3 seed=0']
  expect(await labels(['suite/a.yaml'], {seeds: '0', set: ['train.lr=1e-3', 'train.lr=0.001']})).toEqual(one)
  expect(await labels(['suite/a.yaml', 'suite'], {seeds: '0', set: ['train.lr=0.001', 'train.lr=1e-3']})).toEqual([
    'suite/a train.lr=0.001 seed=0',
    'suite/b train.lr=0.001 seed=0',
  ])
  await expect(labels(['suite/a.yaml'], {set: ['threads=1', 'threads=2']})).rejects.toMatchObject({
    kind: 'usage',
    message: 'threads=2: threads does not identify a run, so its values give the same run; give one value',
  })
})

test('a second file of the same run is left out, even if it differs in what does not identify the run', async () => {
  writeRecipe(join(folder, 'suite'), {name: 'suite/a', train: {saveEvery: 7}}, 'copy.yaml')
  const set = ['train.lr=1e-3', 'train.lr=0.001']
  expect(await labels(['suite/a.yaml', 'suite/copy.yaml'], {set})).toEqual(['suite/a train.lr=1e-3 seed=42'])
})

test('a range of seeds that is reversed is named', () => {
  expect(() => parseSeeds('0,3-1')).toThrow(/^--seeds takes .*: 0,3-1; the range 3-1 is reversed: 1-3$/)
  expect(() => parseSeeds('1-x')).toThrow(/: 1-x$/)
})

test('seeds are given in one way', async () => {
  expect(await labels(['suite/a.yaml'], {set: ['seed=3', 'seed=4']})).toEqual(['suite/a seed=3', 'suite/a seed=4'])
  await expect(labels(['suite/a.yaml'], {seeds: '0,1', set: ['seed=3', 'seed=4']})).rejects.toMatchObject({
    kind: 'usage',
    message: 'seed=3: seeds are already given (0,1); leave out one of the two',
  })
})

test('a sweep file lists recipes, relative to itself, seeds and values to try', async () => {
  const file = join('suite', 'sweep.yml')
  writeFileSync(file, 'recipes: [a.yaml]\nseeds: [5, 6]\nset: {train.lr: [1e-3, 1e-2], adapter.targets: [[q_proj]]}\n')
  expect(await labels([file])).toEqual([
    'suite/a train.lr=0.001 seed=5',
    'suite/a train.lr=0.001 seed=6',
    'suite/a train.lr=0.01 seed=5',
    'suite/a train.lr=0.01 seed=6',
  ])
  expect(await labels([file], {seeds: '1', set: ['train.steps=3']})).toHaveLength(2)
  const [first] = await readCells({paths: [file]})
  expect(first.recipe.adapter).toMatchObject({targets: ['q_proj']})
})

test('under set, an empty list and the items of a single list are refused at their keys', async () => {
  const values = ['train.typo: []', 'train.lr: []', 'adapter.targets: [q_proj, v_proj]', 'evaluate.splits: test']
  writeFileSync('sweep.yaml', `recipes: [suite/a.yaml]\nset:\n${values.map(text => `  ${text}\n`).join('')}`)
  const message = await labels(['sweep.yaml']).catch((error: Error) => error.message)
  expect(String(message).match(/^sweep\.yaml:.*$/gm)).toEqual([
    'sweep.yaml:3:3: train.typo: an empty list has no value to try; give one, or leave out the key',
    'sweep.yaml:4:3: train.lr: an empty list has no value to try; give one, or leave out the key',
    'sweep.yaml:5:3: adapter.targets: a list holds alternatives; write [["q_proj","v_proj"]]',
    'sweep.yaml:6:3: evaluate.splits: a list holds alternatives; write [["test"]]',
  ])
})

test('paths that a sweep file sets are relative to it, and addresses of the hub stay', async () => {
  writeFileSync('suite/other.jsonl', '')
  const file = join('suite', 'sweep.yaml')
  writeFileSync(
    file,
    `recipes: [a.yaml]
set:
  data.train: [other.jsonl, ../train.jsonl]
  data.test: {x: other.jsonl, y: {hub: owner/name, file: y.jsonl}}
  model: ../model
`,
  )
  const cells = await readCells({paths: [file]})
  expect(cells.map(({recipe}) => recipe.data.train)).toEqual(
    ['suite/other.jsonl', 'train.jsonl'].map(path => join(folder, path)),
  )
  expect(cells[0].recipe).toMatchObject({
    model: {path: join(folder, 'model')},
    data: {test: {x: join(folder, 'suite/other.jsonl'), y: expect.stringContaining('owner/name')}},
  })
  expect(cells[0].label).toBe('suite/a data.train="suite/other.jsonl" seed=42')
})

test('a sweep file takes seeds as --seeds does too', async () => {
  const seeds: Record<string, readonly number[]> = {'0-2': [0, 1, 2], '1,0': [1, 0], '7': [7], '[0-1, 4]': [0, 1, 4]}
  for (const [text, read] of Object.entries(seeds)) {
    writeFileSync('sweep.yaml', `recipes: [suite/a.yaml]\nseeds: ${text}\n`)
    expect(await labels(['sweep.yaml'])).toEqual(read.map(seed => `suite/a seed=${seed}`))
  }
  for (const text of ['', '{}', 'few', '[1.5]', '[[0], x]', 'true']) {
    writeFileSync('sweep.yaml', `recipes: [suite/a.yaml]\nseeds: ${text}\n`)
    await expect(labels(['sweep.yaml']), text).rejects.toThrow(
      'sweep.yaml:2:1: seeds: must be a list like [0, 1, 2], or',
    )
  }
  writeFileSync('sweep.yaml', 'recipes: [suite/a.yaml]\nseeds: []\n')
  expect(await labels(['sweep.yaml'])).toEqual(['suite/a seed=42'])
})

test('two recipes of one name are labelled with their files', async () => {
  writeRecipe(folder, {name: 'suite/a', train: {lr: 1}}, 'other.yaml')
  expect(await labels(['suite/a.yaml', 'other.yaml'])).toEqual(['suite/a seed=42', 'other.yaml'])
})

test('a bad sweep file is refused with line and column, and other files are not taken for one', async () => {
  writeFileSync('sweep.yaml', 'recipes: []\nseeds: [0, -1]\nseed: 1\n')
  await expect(labels(['sweep.yaml'])).rejects.toMatchObject({
    kind: 'recipe',
    message: expect.stringMatching(
      /sweep\.yaml:1:1: recipes: must be a list of recipe files or folders\n[\s\S]*sweep\.yaml:2:1: seeds: must be a list like \[0, 1, 2\], or numbers and ranges, [\s\S]*sweep\.yaml:3:1: unknown key of a sweep file: seed; did you mean seeds\?/,
    ),
  })
  writeFileSync('sweep.yaml', 'recipes: [suite/a.yaml, suite/nope.yaml]\nset:\n  foo: 1\n')
  await expect(labels(['sweep.yaml'])).rejects.toMatchObject({
    kind: 'recipe',
    message: expect.stringMatching(
      /^sweep\.yaml:1:25: \S+nope\.yaml: no such file or folder[\s\S]*\nsweep\.yaml:3:3: unknown key: foo; /,
    ),
  })
  writeFileSync('sweep.yaml', 'recipes: [suite/nope.yaml, 3]\nset:\n  foo: 1\nseed: 1\n')
  const message = await labels(['sweep.yaml']).catch((error: Error) => error.message)
  expect(String(message).match(/^sweep\.yaml:\d+:\d+: .*?(?=[;,]|$)/gm)).toEqual([
    'sweep.yaml:1:1: recipes.1: must be a list of recipe files or folders',
    expect.stringMatching(/^sweep\.yaml:1:11: \S+nope\.yaml: no such file or folder$/),
    'sweep.yaml:3:3: unknown key: foo',
    'sweep.yaml:4:1: unknown key of a sweep file: seed',
  ])
  await expect(labels(['nowhere.yaml'])).rejects.toThrow('nowhere.yaml: no such file')
  mkdirSync('empty')
  await expect(labels(['empty'])).rejects.toThrow('no recipes in empty')
})

test('seeds are numbers and ranges', () => {
  expect(parseSeeds('0,1,2')).toEqual([0, 1, 2])
  expect(parseSeeds('3-5, 0,4')).toEqual([3, 4, 5, 0])
  for (const text of ['', 'x', '1-', '5-3', '-1', '0-1000', '1.5']) {
    expect(() => parseSeeds(text), text).toThrow(`like 0,1,2 or 0-4, at most 1000: ${text}`)
  }
})
