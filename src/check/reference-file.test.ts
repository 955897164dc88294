import {join} from 'node:path'
import {expect, test} from 'vitest'
import {readRecipe} from '../recipes/file/read.ts'
import {readResults} from '../results/read-results.ts'
import {readReference} from './reference-file.ts'
import {hashOf} from './run-facts.ts'

const root = join(import.meta.dirname, '../..')

test('the reference of the vision suite is of the recipes that are here, and has the scores of its committed rows', async () => {
  const {cells} = await readReference(join(root, 'test/reproduction/vision-mini.json'))
  for (const {recipe, recipeHash} of cells) {
    const read = await readRecipe(join(root, 'configs', `${recipe}.yaml`))
    expect(`${recipe} ${hashOf(read.recipe)}`).toBe(`${recipe} ${recipeHash}`)
  }
  const stored = cells.flatMap(({recipe, seeds}) => seeds.map(({seed, scores}) => [recipe, seed, scores.test]))
  const rows = await readResults(join(root, 'results/reference/vision-mini.csv'))
  expect(stored).toHaveLength(220)
  expect(rows.map(({recipe, seed, scores}) => [recipe, seed, scores.test.score])).toEqual(stored)
})

test('a reference that cannot be read is a bad one, as svft check says by its exit code', async () => {
  await expect(readReference(root)).rejects.toMatchObject({kind: 'recipe', message: `${root}: a folder, not a file`})
})
