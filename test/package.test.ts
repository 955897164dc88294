import {join, relative} from 'node:path'
import {execa} from 'execa'
import {expect, test} from 'vitest'
import {findRecipeFiles} from '../src/plan/catalogue/recipe-files.ts'
import {readRecipe} from '../src/recipes/file/read.ts'

// What an installed package has, as npm would pack it.

const root = join(import.meta.dirname, '..')
const SUITES = ['gsm8k', 'commonsense', 'glue', 'vision'].map(task => join(root, 'configs', task, 'mini'))

test('the recipes of the mini suites are packed with the models and data that they name', async () => {
  const {stdout} = await execa('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {cwd: root})
  const packed: readonly string[] = JSON.parse(stdout)[0].files.map(({path}: {path: string}) => path)
  const recipes = await findRecipeFiles(SUITES)
  expect(recipes.length).toBeGreaterThan(20)

  const named = new Set<string>()
  for (const file of recipes) {
    const {recipe, files} = await readRecipe(file)
    const {train, validation, test} = recipe.data
    const model = 'path' in recipe.model ? [join(recipe.model.path, 'model.safetensors')] : []
    const data = [train, ...(validation === undefined ? [] : [validation]), ...Object.values(test)]
    for (const path of [...files, ...model, ...data]) named.add(relative(root, path))
  }
  expect([...named].filter(path => !packed.includes(path))).toEqual([])
  expect([...named].filter(path => path.startsWith('models/'))).toHaveLength(4)
})
