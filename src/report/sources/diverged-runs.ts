import {compareText, groupBy} from '../../base/collections.ts'
import {findFolders} from '../../base/list-files.ts'
import {getOrAdd} from '../../base/memoize.ts'
import {folderOfLog} from '../../recipes/attempts.ts'
import {FAILURE_FILE, readFailure} from '../../recipes/failure.ts'
import {canonical, sortedJson} from '../../recipes/file/canonical.ts'
import {withoutSeed} from '../../recipes/file/change-recipe.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {readRunRecipe, runFolderAt} from '../../recipes/run-folder.ts'
import {type LocatedRun, ROW_FILE} from '../../results/results-file.ts'
import type {DivergedRun} from '../entries.ts'
import {setupOfRecipe} from './recipe-setup.ts'

/**
 * Reads the runs below a folder whose last attempt diverged. A diverged run records no hashes of its model and data: it takes
 * its setup from the newest finished run of its recipe that differs in nothing but the seed.
 */
export async function readDivergedRuns(folder: string, finished: readonly LocatedRun[]): Promise<DivergedRun[]> {
  const newest = finished.toSorted((a, b) => compareText(b.row.finished, a.row.finished))
  const byName = groupBy(newest, ({row}) => row.recipe)
  const known = new Map<string, ReturnType<typeof readSetups>>()
  const found: DivergedRun[] = []
  const ended = await findFolders(folder, (_, files) => files.includes(FAILURE_FILE) || files.includes(ROW_FILE))
  for (const path of ended) {
    const failure = await readFailure(runFolderAt(path))
    if (failure?.kind !== 'diverged') continue
    const recipe = await readRecipeIfValid(await folderOfLog(path))
    if (!recipe) continue
    const {name, seed} = recipe
    const setups = await getOrAdd(known, name, () => readSetups(byName.get(name) ?? []))
    found.push({recipe: name, seed, setup: setups.get(textWithoutSeed(recipe))})
  }
  return found
}

/** The setups of finished runs by their recipes without the seed; the first of several runs counts. */
async function readSetups(runs: readonly LocatedRun[]): Promise<Map<string, string>> {
  const setups = new Map<string, string>()
  for (const {folder, row} of runs) {
    const recipe = await readRecipeIfValid(folder)
    if (recipe) getOrAdd(setups, textWithoutSeed(recipe), () => setupOfRecipe(recipe, row))
  }
  return setups
}

const readRecipeIfValid = (folder: string) => readRunRecipe(folder).catch(() => undefined)

/** A text that recipes share if they differ in the seed alone, and name the same model and data. */
const textWithoutSeed = (recipe: Recipe): string =>
  sortedJson([canonical(withoutSeed(recipe)), recipe.model, recipe.data])
