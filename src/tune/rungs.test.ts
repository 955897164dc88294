import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openWorkplace, tinyRecipe, writeLines} from '../../test/support/workplace.ts'
import {rungsOf, stepsOfRungs} from './rungs.ts'

test('a grid trains every trial in full', () => {
  expect(rungsOf('grid', 8)).toEqual([{trials: 8, share: 1}])
})

test('halving keeps the better half of the trials and doubles their steps, until one trains in full', () => {
  expect(rungsOf('halving', 8)).toEqual([
    {trials: 8, share: 1 / 8},
    {trials: 4, share: 1 / 4},
    {trials: 2, share: 1 / 2},
    {trials: 1, share: 1},
  ])
  expect(rungsOf('halving', 5).map(({trials}) => trials)).toEqual([5, 3, 2, 1])
})

test('the steps of rungs are shares of the recipe’s own, which an epoch is counted in', async () => {
  const folder = await openWorkplace()
  const steps = await tinyRecipe(folder, {train: {steps: 40}})
  expect(await stepsOfRungs(steps, {rungs: rungsOf('halving', 4)})).toEqual([10, 20, undefined])
  const epochs = await tinyRecipe(folder, {data: validated, train: {steps: undefined, epochs: 20, batch: 4}})
  writeLines(join(folder, 'validation.jsonl'), [{query: 'a', response: '#### 1'}])
  expect(await stepsOfRungs(epochs, {rungs: rungsOf('halving', 4)})).toEqual([10, 20, undefined]) // the rest of an epoch is carried over
})

const validated = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'missing.jsonl'}}

test('packed documents are counted in the examples that they fill, and a column of splits by its rows', async () => {
  const folder = await openWorkplace()
  const texts = Array.from({length: 64}, (_, i) => ({
    text: `Amy has ${i} cups.`,
    part: i < 32 ? 'train' : 'validation',
  }))
  writeLines(join(folder, 'texts.jsonl'), texts)
  const settings = {steps: undefined, epochs: 40, batch: 4, microBatch: 4, maxTokens: 96}
  const recipeOf = (data: object) =>
    tinyRecipe(folder, {
      task: 'text',
      data: {train: 'texts.jsonl', split: {column: 'part'}, ...data},
      evaluate: noAnswers,
      train: settings,
    })
  expect(await stepsOfRungs(await recipeOf({pack: false}), {rungs: rungsOf('halving', 2)})).toEqual([160, undefined])
  expect(await stepsOfRungs(await recipeOf({}), {rungs: rungsOf('halving', 2)})).toEqual([20, undefined])
})

const noAnswers = {maxNewTokens: undefined}

test('data that are missing are named', async () => {
  const folder = await openWorkplace()
  const epochs = await tinyRecipe(folder, {data: validated, train: {steps: undefined, epochs: 16}})
  await expect(stepsOfRungs(epochs, {rungs: rungsOf('halving', 4)})).rejects.toThrow(
    /^--halving counts the training steps: .*validation\.jsonl: no such file/,
  )
})

test('a first rung of very few steps is refused, and one that is all warm-up', async () => {
  const folder = await openWorkplace()
  const recipe = await tinyRecipe(folder, {train: {steps: 30}})
  await expect(stepsOfRungs(recipe, {rungs: rungsOf('halving', 8)})).rejects.toThrow(
    '--halving: tiny trains for 30 steps and its trials in the first of 4 rungs for 4, too few to rank trials by; use fewer --trials, so that these are at least 10',
  )
  const long = await tinyRecipe(folder, {train: {steps: 100}})
  const ranges = [{key: 'train.warmupSteps', from: 10, to: 25, spacing: 'linear'}] as const
  expect(await stepsOfRungs(long, {rungs: rungsOf('halving', 4), ranges: [{...ranges[0], to: 24}]})).toEqual([
    25,
    50,
    undefined,
  ])
  await expect(stepsOfRungs(long, {rungs: rungsOf('halving', 4), ranges})).rejects.toThrow(
    'for 25, within train.warmupSteps, which is up to 25; use fewer --trials',
  )
})
