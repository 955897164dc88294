import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {tinyRecipe} from '../../../test/support/workplace.ts'
import {sharedInputWarnings} from './shared-inputs.ts'

test('inputs that are also in the training data are counted, for each split of one’s own data', async () => {
  const folder = openFolder()
  const data = {train: 'a.csv', test: {test: 'b.csv', same: 'a.csv', other: 'c.csv'}}
  const evaluate = {splits: ['test', 'same', 'other'], maxNewTokens: undefined}
  const recipe = await tinyRecipe(folder, {task: 'text-classification', data, adapter: {method: 'head'}, evaluate})
  const texts = {train: ['a', 'b', 'c'], splits: {test: ['a', 'x', 'b'], same: ['a', 'b', 'c'], other: ['c', 'C']}}
  expect(sharedInputWarnings(recipe, texts)).toEqual([
    'test: 2 of 3 texts are also in the training data',
    'other: 1 of 2 texts is also in the training data',
  ])
  expect(sharedInputWarnings({...recipe, task: 'images'}, {...texts, noun: 'image'})[0]).toBe(
    'test: 2 of 3 images are also in the training data',
  )
  expect(sharedInputWarnings({...recipe, task: 'sst2'}, texts)).toEqual([])
  expect(sharedInputWarnings(recipe, {...texts, train: []})).toEqual([])
})
