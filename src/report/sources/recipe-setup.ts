import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {canonical} from '../../recipes/file/canonical.ts'
import {withoutSeed} from '../../recipes/file/change-recipe.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {RECIPE_FILE, readRunRecipe} from '../../recipes/run-folder.ts'
import type {Row} from '../../results/row.ts'

/** The recipe in a run's folder, and the setup by it. Undefined if there is none. @throws Fault if the recipe is damaged */
export async function recipeSetup(
  folder: string,
  row: Row,
): Promise<{readonly recipe: Recipe; readonly setup: string} | undefined> {
  if (!existsSync(join(folder, RECIPE_FILE))) return undefined
  const recipe = await readRunRecipe(folder)
  return {recipe, setup: setupOfRecipe(recipe, row)}
}

/** The setup of a run: its recipe without the seed, and the hashes of its model and data, unless the seed draws the data. */
export function setupOfRecipe(recipe: Recipe, {modelRevision, dataRevision}: Row): string {
  const data = recipe.data.perClass ? undefined : dataRevision
  return JSON.stringify([canonical(withoutSeed(recipe)), modelRevision, data])
}
