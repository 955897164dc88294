import {readRow} from '../../results/results-file.ts'
import type {Row} from '../../results/row.ts'
import {openInputs} from '../experiment.ts'
import type {Recipe} from '../file/schema.ts'
import {identify} from '../identity.ts'
import {type RunFolder, runFolder} from '../run-folder.ts'
import {readRunsOf} from './namesakes.ts'

export interface ScoredRun {
  readonly folder: RunFolder
  readonly row: Row
}

/** The run of this recipe, on this model and these data, if it has finished here. */
export async function findFinished(recipe: Recipe): Promise<(ScoredRun & {readonly already: true}) | undefined> {
  if (!(await hasFinished(recipe))) return undefined
  const {hash} = await identify(await openInputs(recipe))
  const folder = runFolder(recipe, hash)
  const row = await readRow(folder.path)
  return row && {folder, row, already: true}
}

/**
 * Whether a run of this recipe has finished here, judged by names and recipes: whether it was of the same model and
 * data is known when these are hashed.
 */
export async function hasFinished(recipe: Recipe): Promise<boolean> {
  const runs = await readRunsOf(recipe)
  return runs.some(({row}) => row !== undefined)
}
