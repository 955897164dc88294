import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, writeRecipe} from '../../../test/support/workplace.ts'
import {readRecipe} from './read.ts'
import {originsOf, showText} from './show-text.ts'

let folder: string
beforeEach(async () => {
  folder = await enterWorkplace()
  writeRecipe(folder, {train: {batch: 2}}) // and microBatch 2
})

const setOf = async (set: readonly string[], file = 'tiny.yaml') => (await readRecipe(file, {set})).recipe.set

test('overrides are listed sorted, each in one spelling, and only those that change the computation', async () => {
  expect(await setOf([])).toBeUndefined()
  expect(await setOf(['train.lr=2e-3', 'train.epochs=1'])).toBe('train.epochs=1 train.lr=0.002')
  expect(await setOf(['train.epochs=1', 'train.lr=0.0020'])).toBe('train.epochs=1 train.lr=0.002')
  expect(await setOf(['train.lr=0.01', 'train.steps=4', 'evaluate.prompt=official', 'model=./model'])).toBeUndefined()
  expect(await setOf(['seed=3', 'threads=2', 'name=other', 'train.saveEvery=1', 'paper.cell=t1.g2.lora1'])).toBe(
    undefined,
  )
  expect(await setOf(['adapter.targets=[q_proj, v_proj]', 'evaluate.prompt=training'])).toBe(
    'adapter.targets=["q_proj","v_proj"] evaluate.prompt=training',
  )
})

test('a recipe that is shown is a recipe, without what was changed of another', async () => {
  const read = await readRecipe('tiny.yaml', {set: ['train.lr=1']})
  expect(read.recipe.set).toBe('train.lr=1')
  expect(originsOf(read).map(({path: [name]}) => name)).not.toContain('set')
  writeFileSync('shown.yaml', showText(read))
  expect((await readRecipe('shown.yaml')).recipe.train).toEqual(read.recipe.train)
})

test('a value that follows from an override is listed if it differs from the default for it', async () => {
  expect(await setOf(['train.batch=4'])).toBe('train.batch=4 train.microBatch=2')
  expect(await setOf(['train.batch=4', 'train.microBatch=4'])).toBe('train.batch=4')
  expect(await setOf(['profile=paper'])).toMatch(/^adapter\.gate=false adapter\.init=zeros .* train\.padToken=none$/)
  expect(await setOf(['adapter.match=suffix'])).toBe('adapter.match=suffix')
  writeRecipe(
    folder,
    {adapter: {method: 'lora', rank: 1, alpha: 1, targets: ['q_proj'], match: 'suffix'}},
    'suffix.yaml',
  )
  expect(await setOf(['adapter.match=substring'], 'suffix.yaml')).toBe('adapter.match=substring')
})

test('a model and data are listed by their names, and required settings by their written values', async () => {
  mkdirSync('other')
  expect(await setOf(['model=other/model'])).toBe('model.path=model')
  expect(await setOf(['data.test.more=x/more.jsonl'])).toBe('data.test.more=more.jsonl evaluate.splits=["test","more"]')
  writeFileSync(
    join(folder, 'open.yaml'),
    'extends: tiny.yaml\nadapter: {method: lora, alpha: 1, targets: [q_proj]}\nseed: 3\n',
  )
  expect(await setOf(['adapter.rank=1', 'seed=4'], 'open.yaml')).toBe('adapter.rank=1')
})
