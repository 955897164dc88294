import {Fault} from '../base/fault.ts'
import {openExperiment} from '../recipes/experiment.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {type ContentHashes, hashContents, identityOf} from '../recipes/identity.ts'
import {type RunFolder, runFolder} from '../recipes/run-folder.ts'

/** Finds runs' folders; what several recipes read is read and hashed once. */
export interface Folders {
  /** Undefined where something that the recipe reads is not here, or is damaged: its run will fetch it, or say so. */
  of(recipe: Recipe): Promise<RunFolder | undefined>
}

export function openFolders(): Folders {
  const known = new Map<string, Promise<ContentHashes | undefined>>()
  return {
    async of(recipe) {
      const key = reads(recipe)
      const contents = known.get(key) ?? read(recipe)
      known.set(key, contents)
      const found = await contents
      if (!found) known.delete(key) // it may be fetched later
      return found && runFolder(recipe, identityOf(recipe, found).text)
    },
  }
}

const reads = ({task, model, data, evaluate, train, seed}: Recipe) => {
  const drawn = data.perClass ? seed : undefined // of images only those count that the seed draws
  return JSON.stringify([task, model, data, evaluate.splits, train !== undefined, train?.keepBy, drawn])
}

async function read(recipe: Recipe): Promise<ContentHashes | undefined> {
  try {
    return await hashContents(await openExperiment({...recipe, engine: 'js', device: 'cpu'})) // nothing is computed here
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
