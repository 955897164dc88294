import {basename} from 'node:path'
import {displayPath} from '../../base/paths.ts'
import {attemptsFolder, hasState, savedProgress} from '../attempts.ts'
import type {Recipe} from '../file/schema.ts'
import type {Identity} from '../identity.ts'
import {type RunFolder, runFolderAt, runName} from '../run-folder.ts'
import {attemptedRunsOf, readRunsOf} from './namesakes.ts'

/**
 * Warns of stopped runs of the same recipe, attempts among them, that are not resumed because the model or the data have changed,
 * if this run has no state of its own in its folder.
 */
export async function changedFilesWarnings(
  recipe: Recipe,
  {identity, folder}: {readonly identity: Identity; readonly folder: RunFolder},
): Promise<readonly string[]> {
  const own = runName(recipe, identity.hash)
  const runs = (await readRunsOf(recipe)).flatMap(({path, row}) => (row ? [] : [{path, states: path}]))
  const attempted = (await attemptedRunsOf(recipe)).map(path => ({path, states: attemptsFolder({path})}))
  const others = [...runs, ...attempted].filter(({path}) => basename(path) !== own)
  if (others.length === 0 || (await hasState(folder))) return []
  const stopped = others.map(async ({path, states}) => {
    const {newest} = await savedProgress(runFolderAt(path))
    if (!newest) return []
    const reason = 'the files of its model or data have changed since, so this is another run'
    return [`${displayPath(states)} stopped after step ${newest.step} and is not resumed: ${reason}`]
  })
  return (await Promise.all(stopped)).flat()
}
