import {readRow} from '../../results/results-file.ts'
import type {Row} from '../../results/row.ts'
import {openInputs} from '../experiment.ts'
import type {Recipe} from '../file/schema.ts'
import {identify} from '../identity.ts'
import {type RunFolder, runFolder} from '../run-folder.ts'
import {hasFinished} from './namesakes.ts'

export interface ScoredRun {
  readonly folder: RunFolder
  readonly row: Row
  /** Whether the run had finished before. */
  readonly already: boolean
}

/** The run of this recipe, on this model and these data, if it has finished here. */
export async function findFinished(recipe: Recipe): Promise<ScoredRun | undefined> {
  if (!(await hasFinished(recipe))) return undefined
  const {hash} = await identify(await openInputs(recipe))
  const folder = runFolder(recipe, hash)
  const row = await readRow(folder.path)
  return row && {folder, row, already: true}
}
