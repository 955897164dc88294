import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT} from '../../test/models/classifiers.ts'
import {openTextPlace} from '../../test/support/classify-workplace.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {openExperiment} from '../recipes/experiment.ts'
import {identify} from '../recipes/identity.ts'
import {runFolder} from '../recipes/run-folder.ts'
import {openFolders} from './run-folders.ts'

test('recipes that read a file with different metrics have the folders of their own runs', async () => {
  const folder = await openTextPlace(BERT)
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  writeFileSync('stars.csv', 'text,label\na,1\nb,2\nc,3\na,1\nb,2\nc,3\n')
  const folders = openFolders()
  for (const metric of ['accuracy', 'pearson', 'matthews']) {
    const data = {train: 'stars.csv', test: {test: 'stars.csv'}}
    const head = {adapter: {method: 'head'}, train: {microBatch: 4}}
    const recipe = await tinyRecipe(folder, {task: 'text-classification', data, ...head, evaluate: {metric}})
    const {hash} = await identify(await openExperiment(recipe))
    expect((await folders.of(recipe))?.path).toBe(runFolder(recipe, hash).path)
  }
})
