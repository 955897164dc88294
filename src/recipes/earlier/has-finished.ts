import {canonical} from '../file/canonical.ts'
import type {Recipe} from '../file/schema.ts'
import {readNamesakes} from './namesakes.ts'

/**
 * Whether a run of this recipe has finished here, judged by names and recipes: whether it was of the same model and
 * data is known when these are hashed.
 */
export async function hasFinished(recipe: Recipe): Promise<boolean> {
  const runs = await readNamesakes(recipe)
  return runs.some(run => run.row !== undefined && canonical(run.recipe) === canonical(recipe))
}
