import {compareText} from '../../base/collections.ts'
import {findFolders} from '../../base/list-files.ts'
import {folderOfLog} from '../../recipes/attempts.ts'
import {FAILURE_FILE, readFailure} from '../../recipes/failure.ts'
import {readRunRecipe, runFolderAt} from '../../recipes/run-folder.ts'
import {ROW_FILE} from '../../results/results-file.ts'
import type {DivergedRun, ReportedRun} from '../entries.ts'
import {setupOfRecipe} from './recipe-setup.ts'

/**
 * Reads the runs below a folder whose last attempt diverged. A run has the setup of the last finished run of the same recipe from
 * which only its seed differs: model and data, which it does not record, are taken for those of that run.
 */
export async function readDivergedRuns(folder: string, finished: readonly ReportedRun[]): Promise<DivergedRun[]> {
  const newest = finished.toSorted((a, b) => compareText(b.row.finished, a.row.finished))
  const found: DivergedRun[] = []
  for (const path of await findFolders(folder, (_, files) =>
    [FAILURE_FILE, ROW_FILE].some(file => files.includes(file)),
  )) {
    const failure = await readFailure(runFolderAt(path))
    if (failure?.kind !== 'diverged') continue
    const recipe = await readRunRecipe(await folderOfLog(path)).catch(() => undefined)
    if (!recipe) continue
    const alike = newest.find(({row, setup}) => row.recipe === recipe.name && setup === setupOfRecipe(recipe, row))
    found.push({recipe: recipe.name, seed: recipe.seed, setup: alike?.setup})
  }
  return found
}
