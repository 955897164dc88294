import {realpath} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import {Fault, ioFault} from '../base/fault.ts'
import {runsFolder} from '../base/folders.ts'
import {parseJson} from '../base/json.ts'
import {findLock} from '../base/lock.ts'
import {readText} from '../base/read-file.ts'
import {readFailure} from '../recipes/failure.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {CLASSES_FILE, type RunFolder, readRunRecipe, runFolderAt} from '../recipes/run-folder.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'

/** A run that has its row. */
export interface FinishedRun {
  readonly folder: RunFolder
  readonly recipe: Recipe
  readonly row: Row
}

/** Opens a finished run below runs/: results are collected there, and a folder elsewhere would have no line in them. */
export async function openFinished(path: string): Promise<FinishedRun> {
  const found = await realpath(path).catch(error => Promise.reject(ioFault(path, error)))
  const runs = await realpath(runsFolder()).catch(() => undefined)
  const parents = [dirname(found), await realpath(dirname(resolve(path)))] // runs/ may hold links to runs on a larger disk
  if (!parents.some(parent => parent === runs))
    throw new Fault(
      'usage',
      `${path}: not a run in ${runsFolder()}; svft evaluate writes to results/ beside runs/, so call it in the folder whose ` +
        'runs/ has this run, or add --scorer, which writes nothing',
    )
  return readFinished(found, path)
}

/** Reads a run's recipe and row; faults name it as `shown`. @throws Fault 'input' where it has not finished */
export async function readFinished(path: string, shown = path): Promise<FinishedRun> {
  const folder = runFolderAt(path)
  const row = await readRow(path)
  const failure = row ? undefined : await readFailure(folder)
  if (failure) throw new Fault('input', `${shown}: the run failed: ${failure.message}`)
  const recipe = await readRunRecipe(path)
  if (!row) throw new Fault('input', `${shown}: the run has not finished; ${await unfinishedAdvice(folder)}`)
  return {folder, recipe, row}
}

const unfinishedAdvice = async ({path}: RunFolder) =>
  (await findLock(path)) === 'held' ? 'a process is at work on it, so wait for it' : 'svft run resumes it'

/** Reads the names of a classifier's classes from its run's folder, if it recorded them. */
export async function readClasses(folder: string): Promise<readonly string[] | undefined> {
  const file = join(folder, CLASSES_FILE)
  const text = await readText(file)
  if (text === undefined) return undefined
  const classes = parseJson(text, file)
  if (Array.isArray(classes) && classes.every(name => typeof name === 'string')) return classes
  throw new Fault('input', `${file}: not the names of classes, as svft run writes them`)
}
