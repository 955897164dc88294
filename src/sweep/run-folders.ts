import {unlessFault} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {openInputs} from '../recipes/experiment.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {type ContentHashes, hashContents, identityOf} from '../recipes/identity.ts'
import {type RunFolder, runFolder} from '../recipes/run-folder.ts'

/** Finds the folders of runs; models and data that several recipes share are hashed once. */
export function openFolders() {
  const known = new Map<string, Promise<ContentHashes | undefined>>()
  return {
    /** Returns undefined if a file that the recipe reads is missing or damaged; the run downloads it, or fails with the reason. */
    async of(recipe: Recipe): Promise<RunFolder | undefined> {
      const key = inputsOf(recipe)
      const found = await getOrAdd(known, key, () => hashInputs(recipe))
      if (!found) known.delete(key) // it may be downloaded later
      return found && runFolder(recipe, identityOf(recipe, found).hash)
    },
  }
}

/** Equal for recipes that read the same files. */
const inputsOf = ({task, model, data, evaluate, train, seed}: Recipe) => {
  const drawn = data.perClass ? seed : undefined // only the drawn images are hashed
  const {splits, metric} = evaluate // the metric decides whether labels are classes, whose names are hashed
  return JSON.stringify([task, model, data, splits, metric, train !== undefined, train?.keepBy, drawn])
}

const hashInputs = (recipe: Recipe): Promise<ContentHashes | undefined> =>
  unlessFault(async () => hashContents(await openInputs(recipe)))
