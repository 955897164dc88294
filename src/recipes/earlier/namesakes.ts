import {readdir} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {unlessFault} from '../../base/fault.ts'
import {runsFolder} from '../../base/folders.ts'
import {readRow} from '../../results/results-file.ts'
import type {Row} from '../../results/row.ts'
import {attemptedRuns} from '../attempts.ts'
import {canonical} from '../file/canonical.ts'
import type {Recipe} from '../file/schema.ts'
import {readRunRecipe, runPrefix} from '../run-folder.ts'

/** A run whose recipe has the name and the seed of another, whatever else of it differs. */
export interface NamesakeRun {
  readonly path: string
  readonly recipe: Recipe
  /** Undefined if it is not finished. */
  readonly row: Row | undefined
}

/** Reads the runs here whose recipes have this name and seed; damaged ones are left out. */
export async function readNamesakes(recipe: Recipe): Promise<NamesakeRun[]> {
  const names = await readdir(runsFolder()).catch(() => [])
  const runs: NamesakeRun[] = []
  for (const name of names.filter(name => isNamedAs(recipe, name))) {
    const path = join(runsFolder(), name)
    const read = await unlessFault(async () => ({recipe: await readRunRecipe(path), row: await readRow(path)}))
    if (read?.recipe.name === recipe.name) runs.push({path, ...read})
  }
  return runs
}

/** Whether a folder has the name of a run with this recipe's name and seed. */
const isNamedAs = (recipe: Recipe, folder: string) =>
  folder.startsWith(runPrefix(recipe)) && folder.endsWith(`-s${recipe.seed}`)

/** Reads the runs here of this recipe, whatever the contents of its model and data were. */
export async function readRunsOf(recipe: Recipe): Promise<NamesakeRun[]> {
  const runs = await readNamesakes(recipe)
  return runs.filter(run => canonical(run.recipe) === canonical(recipe))
}

/** The future folders of the runs here of this recipe that so far exist only as attempts. */
export async function attemptedRunsOf(recipe: Recipe): Promise<string[]> {
  const paths: string[] = []
  for (const {path, attempt} of await attemptedRuns(runsFolder())) {
    if (!isNamedAs(recipe, basename(path))) continue
    const read = await unlessFault(() => readRunRecipe(attempt))
    if (read && canonical(read) === canonical(recipe)) paths.push(path)
  }
  return paths
}

/**
 * Whether a run of this recipe has finished here, judged by names and recipes: whether it was of the same model and
 * data is known when these are hashed.
 */
export async function hasFinished(recipe: Recipe): Promise<boolean> {
  const runs = await readRunsOf(recipe)
  return runs.some(({row}) => row !== undefined)
}
