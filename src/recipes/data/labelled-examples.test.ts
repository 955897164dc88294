import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {tinyRecipe} from '../../../test/support/workplace.ts'
import {readLabelled} from './labelled-examples.ts'

const SORTED = [0, 0, 0, 1, 1, 2].map(label => ({label}))

async function warningsOf(
  limit: object | undefined,
  {classes = ['bad', 'good', 'poor'], train = SORTED, test = SORTED} = {},
) {
  const data = {train: 'train.csv', test: {test: 'test.csv'}, limit}
  const recipe = await tinyRecipe(openFolder(), {task: 'text-classification', data, adapter: {method: 'head'}})
  const read = async (_: string, split: string) => (split === 'train' ? train : test)
  return (await readLabelled(recipe, {read, classes})).warnings
}

test('a limit that leaves no example of a class is reported, and so is a split of one class', async () => {
  const order = (first: number) =>
    `takes the first ${first} of 6, which may be sorted by class: shuffle them or raise the limit`
  expect(await warningsOf({train: 3, test: 3})).toEqual([
    `train: no example to train on of classes good, poor; data.limit.train ${order(3)}`,
    `test: every example is of class bad; data.limit.test ${order(3)}`,
  ])
  expect(await warningsOf({train: 5, test: 4})).toEqual([
    `train: no example to train on of class poor; data.limit.train ${order(5)}`,
  ])
})

test('a class without examples is reported where no limit is to blame', async () => {
  const train = SORTED.filter(({label}) => label < 2)
  expect(await warningsOf({train: 100}, {train})).toEqual(['train: no example to train on of class poor'])
})

test('a class that a test split lacks is reported, unless a limit took its first examples', async () => {
  const [bad, , , good] = SORTED
  expect(await warningsOf(undefined, {test: [bad, good]})).toEqual(['test: no example of class poor'])
  expect(await warningsOf({test: 2}, {test: [bad, good, bad]})).toEqual([])
  expect(await warningsOf(undefined, {test: [good]})).toEqual(['test: every example is of class good'])
})

test('examples of every class, and regression, give no warning', async () => {
  expect(await warningsOf(undefined)).toEqual([])
  expect(await warningsOf({train: 1, test: 1}, {classes: ['0']})).toEqual([])
})
