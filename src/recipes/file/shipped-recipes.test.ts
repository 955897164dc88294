import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {findRecipeFiles} from '../../plan/catalogue/recipe-files.ts'
import {readSweepFile} from '../../sweep/sweep-file.ts'
import {newRecipe} from './new-recipe.ts'
import {readRecipe} from './read.ts'
import {orShipped, shippedRecipesFolder} from './shipped-recipes.ts'

const folder = openFolder()
const RECIPE = 'configs/gsm8k/mini/svft-plain.yaml'
const shipped = join(shippedRecipesFolder(), 'gsm8k/mini/svft-plain.yaml')

beforeAll(() => process.chdir(folder))

test('paths below configs that are not here are those of the recipes that ship with svft', async () => {
  const {recipe, files} = await readRecipe(RECIPE)
  expect([recipe.name, files.at(-1)]).toEqual(['gsm8k/mini/svft-plain', shipped])
  expect(await findRecipeFiles(['configs/gsm8k/mini'])).toContain(shipped)
  expect(await findRecipeFiles(['configs'])).toContain(shipped)
})

test('new recipes and sweep files may name them from any folder', async () => {
  await newRecipe(await readRecipe(RECIPE), {file: 'sub/mine.yaml', from: RECIPE, full: false})
  const {recipe, files} = await readRecipe('sub/mine.yaml')
  expect([recipe.name, files.at(-2)]).toEqual(['mine', shipped])
  writeFileSync('sub/sweep.yaml', `recipes: [${RECIPE}]\n`)
  expect(await readSweepFile('sub/sweep.yaml')).toMatchObject({recipes: [shipped]})
})

test('a file that is here is read instead, and nothing else is looked for elsewhere', async () => {
  for (const path of [`./${RECIPE}`, 'configs/nowhere.yaml', 'configs-of-mine', 'gsm8k/mini'])
    expect(orShipped(path)).toBe(path)
  mkdirSync('own/configs/gsm8k/mini', {recursive: true})
  writeFileSync(join('own', RECIPE), 'extends: []\n')
  expect(orShipped(RECIPE, 'own')).toBe(RECIPE)
})

test.each(['gsm8k/mini/svft-plain', 'gsm8k/mini/svft-plain.yaml', 'gsm8k/mini'])(
  '%s alone is refused with the path',
  async name => {
    const path = `configs/${name}${name.endsWith('plain') ? '.yaml' : ''}`
    await expect(readRecipe(name)).rejects.toThrow(`${name}: no such file; did you mean ${path}?`)
  },
)
