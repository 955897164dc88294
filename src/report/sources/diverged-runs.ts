import {isDeepStrictEqual} from 'node:util'
import {compareText} from '../../base/collections.ts'
import {findFolders} from '../../base/list-files.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {folderOfLog} from '../../recipes/attempts.ts'
import {FAILURE_FILE, readFailure} from '../../recipes/failure.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {readRunRecipe, runFolderAt} from '../../recipes/run-folder.ts'
import {type LocatedRun, ROW_FILE} from '../../results/results-file.ts'
import type {Row} from '../../results/row.ts'
import type {DivergedRun} from '../entries.ts'
import {setupOfRecipe} from './recipe-setup.ts'

/**
 * Reads the runs below a folder whose last attempt diverged. A run has the setup of the last finished run of the same recipe from
 * which only its seed differs: the contents of model and data, which it does not record, are taken for those of that run if
 * they are at the same place.
 */
export async function readDivergedRuns(folder: string, finished: readonly LocatedRun[]): Promise<DivergedRun[]> {
  const newest = finished.toSorted((a, b) => compareText(b.row.finished, a.row.finished))
  const recipes = new Map<string, Promise<Recipe | undefined>>()
  const recipeOf = (path: string) => getOrAdd(recipes, path, () => readRunRecipe(path).catch(() => undefined))
  const found: DivergedRun[] = []
  const ended = await findFolders(folder, (_, files) => files.includes(FAILURE_FILE) || files.includes(ROW_FILE))
  for (const path of ended) {
    const failure = await readFailure(runFolderAt(path))
    if (failure?.kind !== 'diverged') continue
    const recipe = await recipeOf(await folderOfLog(path))
    if (!recipe) continue
    const others = newest.filter(({row}) => row.recipe === recipe.name)
    const setups = await Promise.all(
      others.map(async ({folder, row}) => sharedSetup(recipe, await recipeOf(folder), row)),
    )
    found.push({recipe: recipe.name, seed: recipe.seed, setup: setups.find(setup => setup !== undefined)})
  }
  return found
}

/** The setup of a run's row, if another recipe differs from that run's in the seed alone. */
function sharedSetup(recipe: Recipe, other: Recipe | undefined, row: Row): string | undefined {
  if (!other || !isDeepStrictEqual([other.model, other.data], [recipe.model, recipe.data])) return undefined
  const setup = setupOfRecipe(other, row)
  return setupOfRecipe(recipe, row) === setup ? setup : undefined
}
