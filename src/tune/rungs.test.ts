import {expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
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
  expect(await stepsOfRungs(steps, 'tiny.yaml', rungsOf('halving', 4))).toEqual([10, 20, undefined])
  const epochs = await tinyRecipe(folder, {train: {steps: undefined, epochs: 24, batch: 4}}) // two steps an epoch
  expect(await stepsOfRungs(epochs, 'tiny.yaml', rungsOf('halving', 4))).toEqual([12, 24, undefined])
})

test('a first rung of very few steps is refused', async () => {
  const recipe = await tinyRecipe(await openWorkplace(), {train: {steps: 30}})
  await expect(stepsOfRungs(recipe, 'tiny.yaml', rungsOf('halving', 8))).rejects.toThrow(
    '--halving: tiny trains for 30 steps and its trials in the first of 4 rungs for 4, too few to rank trials by; use fewer --trials, so that these are at least 10',
  )
})
