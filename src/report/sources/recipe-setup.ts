import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {canonical} from '../../recipes/file/canonical.ts'
import {withoutSeed} from '../../recipes/file/complete.ts'
import {RECIPE_FILE, readRunRecipe} from '../../recipes/run-folder.ts'
import type {Row} from '../../results/row.ts'

/**
 * The setup of a run: its recipe without the seed, and the hashes of its model and data, unless the seed draws the data. Undefined
 * if its folder has no recipe.
 *
 * @throws Fault if the recipe is damaged
 */
export async function recipeSetup(folder: string, {modelRevision, dataRevision}: Row): Promise<string | undefined> {
  if (!existsSync(join(folder, RECIPE_FILE))) return undefined
  const recipe = await readRunRecipe(folder)
  const data = recipe.data.perClass ? undefined : dataRevision
  return JSON.stringify([canonical(withoutSeed(recipe)), modelRevision, data])
}
