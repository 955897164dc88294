import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {runsFolder} from '../base/folders.ts'
import {readRow} from '../results/results-file.ts'
import {canonical} from './file/canonical.ts'
import type {Recipe} from './file/schema.ts'
import {readRunRecipe, runPrefix} from './run-folder.ts'

/**
 * Whether a run of this recipe has finished here, judged by names and recipes: whether it was of the same model and
 * data is known when these are hashed.
 */
export async function hasFinished(recipe: Recipe): Promise<boolean> {
  const names = await readdir(runsFolder()).catch(() => [])
  for (const name of names.filter(name => name.startsWith(runPrefix(recipe)) && name.endsWith(`-s${recipe.seed}`))) {
    const folder = join(runsFolder(), name)
    const row = await readRow(folder).catch(() => undefined)
    const written = row && (await readRunRecipe(folder).catch(() => undefined))
    if (written && canonical(written) === canonical(recipe)) return true
  }
  return false
}
