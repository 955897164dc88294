import {basename} from 'node:path'
import {displayPath} from '../../base/paths.ts'
import {hasState, savedProgress} from '../attempts.ts'
import type {Recipe} from '../file/schema.ts'
import type {Identity} from '../identity.ts'
import {type RunFolder, runFolderAt, runName} from '../run-folder.ts'
import {readRunsOf} from './namesakes.ts'

/**
 * Warns of stopped runs of the same recipe that are not resumed because the model or the data have changed, if this run has no
 * state of its own in its folder.
 */
export async function changedFilesWarnings(
  recipe: Recipe,
  {identity, folder}: {readonly identity: Identity; readonly folder: RunFolder},
): Promise<readonly string[]> {
  const own = runName(recipe, identity.hash)
  const runs = await readRunsOf(recipe)
  const others = runs.filter(({path, row}) => row === undefined && basename(path) !== own)
  if (others.length === 0 || (await hasState(folder))) return []
  const stopped = others.map(async ({path}) => {
    const {newest} = await savedProgress(runFolderAt(path))
    if (!newest) return []
    const reason = 'the files of its model or data have changed since, so this is another run'
    return [`${displayPath(path)} stopped after step ${newest.step} and is not resumed: ${reason}`]
  })
  return (await Promise.all(stopped)).flat()
}
