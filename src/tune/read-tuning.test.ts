import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {enterWorkplace, writeRecipe} from '../../test/support/workplace.ts'
import {finalCells, readTuning} from './read-tuning.ts'

async function seedsOf(seeds: {readonly seeds?: string; readonly finalSeeds?: string}) {
  const folder = await enterWorkplace()
  writeFileSync(join(folder, 'validation.jsonl'), '{"query": "a", "response": "#### 1"}\n')
  const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}
  const file = writeRecipe(folder, {name: 'tiny/svft', data, seed: 42}, 'svft.yaml')
  const {subjects, points} = await readTuning({paths: [file], over: ['train.lr=1e-3..4e-3'], trials: 2, ...seeds})
  const [trials, final] = [await subjects[0].cellsOf(points[0], undefined), await finalCells(subjects[0], {file})]
  return [trials, final].map(cells => cells.map(({recipe}) => recipe.seed))
}

test('the final runs have the seeds of the trials, unless others are given', async () => {
  expect(await seedsOf({})).toEqual([[42], [42]])
  expect(await seedsOf({seeds: '0-1'})).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(await seedsOf({seeds: '0-1', finalSeeds: '3,5'})).toEqual([
    [0, 1],
    [3, 5],
  ])
  expect(await seedsOf({finalSeeds: '3'})).toEqual([[42], [3]])
})
