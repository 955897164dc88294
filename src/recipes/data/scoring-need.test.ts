import {expect, test} from 'vitest'
import {VIT} from '../../../test/models/classifiers.ts'
import {openImagePlace} from '../../../test/support/classify-workplace.ts'
import {tinyRecipe} from '../../../test/support/workplace.ts'
import {openExperiment} from '../experiment.ts'

test('scoring would need less with a batch below the one that is scored, which may be smaller than that of the recipe', async () => {
  const folder = await openImagePlace(VIT)
  process.chdir(folder)
  const helpOf = async (batch: number, test?: number) => {
    const recipe = await tinyRecipe(folder, {
      task: 'images',
      data: {train: 'train', test: {test: 'test'}, limit: {test}},
      adapter: {method: 'head'},
      evaluate: {batch},
    })
    return (await (await openExperiment(recipe)).data.scoring())?.help
  }
  expect(await helpOf(4)).toEqual(['evaluate.batch below 4', 'a smaller model'])
  expect(await helpOf(16)).toEqual(['evaluate.batch below 6', 'a smaller model'])
  expect(await helpOf(16, 1)).toEqual(['a smaller model'])
})
