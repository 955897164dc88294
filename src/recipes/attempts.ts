import {existsSync} from 'node:fs'
import {readdir, stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {compact, sum} from '../base/collections.ts'
import {findLock} from '../base/lock.ts'
import {readRow} from '../results/results-file.ts'
import {firstProgress, otherThreads, savedStates} from '../train/saved-states.ts'
import type {Experiment} from './experiment.ts'
import {isPrediction, RECIPE_FILE, type RunFolder, STATES_FOLDER} from './run-folder.ts'
import {METRICS_FILE} from './training/training-log.ts'

interface SavedProgress {
  readonly step: number
  readonly threads: number
}

/** The newest state in a run's folder, and the newest in that folder and its attempts. */
export async function savedProgress(
  folder: RunFolder,
): Promise<{readonly own: SavedProgress | undefined; readonly newest: SavedProgress | undefined}> {
  const newestIn = async (paths: readonly string[]) => firstProgress(await statesIn(paths)).catch(() => undefined)
  const attempts = await attemptsAt(folder)
  const own = await newestIn([folder.path])
  return {own, newest: attempts.length > 0 ? await newestIn([folder.path, ...attempts]) : own}
}

/** Whether a run has a state from which it can go on. */
export const hasState = async (folder: RunFolder): Promise<boolean> =>
  (await savedProgress(folder)).newest !== undefined

/**
 * The number of threads with which a run resumes, a fenced one from the newest state of all attempts. Undefined if its engine has
 * that number already, or if the run has finished or has no state.
 *
 * @throws Fault 'usage' if the recipe sets another number; while a process is at work on the run, its lock refuses it instead
 */
export async function threadsToResume(
  folder: RunFolder,
  {recipe, engine}: Pick<Experiment, 'recipe' | 'engine'>,
  {fence}: {readonly fence: boolean},
): Promise<number | undefined> {
  const canFollow = recipe.threads === undefined && recipe.engine !== 'tensorflow' // whose threads are fixed once it is loaded
  if (await readRow(folder.path)) return undefined
  const {own, newest} = await savedProgress(folder)
  const saved = fence ? newest : own
  if (!saved || saved.threads === engine.threads) return undefined
  if (canFollow) return saved.threads
  if (!fence && (await findLock(folder.path)) === 'held') return undefined
  const places = compact([own && folder.path, fence && attemptsFolder(folder)]).join(' and ')
  throw otherThreads(folder.path, places, {saved: saved.threads, now: engine.threads})
}

/** The folder of the attempts at all runs, whose name begins with a dot, so that nothing below it counts as a run. */
const attemptsIn = (runs: string) => join(runs, '.attempts')

export const attemptsFolder = ({path}: Pick<RunFolder, 'path'>) => join(attemptsIn(dirname(path)), basename(path))

/** The folders of the attempts at a run, finished or not. */
export async function attemptsAt(folder: Pick<RunFolder, 'path'>): Promise<string[]> {
  const names = await readdir(attemptsFolder(folder)).catch(() => [])
  return names.sort().map(name => join(attemptsFolder(folder), name))
}

/** The runs below a folder that so far exist only as attempts: for each, its future folder and an attempt that has its recipe. */
export async function attemptedRuns(runs: string): Promise<{readonly path: string; readonly attempt: string}[]> {
  const hasRecipe = (path: string) => existsSync(join(path, RECIPE_FILE))
  const names = await readdir(attemptsIn(runs)).catch(() => [])
  const paths = names.map(name => join(runs, name)).filter(path => !hasRecipe(path))
  const found = paths.sort().map(async path => {
    const attempt = (await attemptsAt({path})).find(hasRecipe)
    return attempt === undefined ? [] : [{path, attempt}]
  })
  return (await Promise.all(found)).flat()
}

/** The folder with the log of a run: its own or, if a fenced run has not ended, that of the attempt that logged last. */
export async function folderOfLog(path: string): Promise<string> {
  if ((await findLock(path)) === 'held' || (await readRow(path).catch(() => undefined))) return path
  const folders = [path, ...(await attemptsAt({path}))]
  const logs = await Promise.all(folders.map(folder => stat(join(folder, METRICS_FILE)).catch(() => undefined)))
  const times = logs.map(log => log?.mtimeMs ?? 0)
  return folders[times.indexOf(Math.max(...times))]
}

/** Lists the states of attempts, valid or not, newest first; of equal states, the one with the most predictions first. */
export async function statesIn(paths: readonly string[]) {
  const found = paths.map(async path => {
    const states = await savedStates(join(path, STATES_FOLDER)).catch(() => [])
    return Promise.all(states.map(async state => ({...state, predicted: await predictedBytes(path, state.step)})))
  })
  const states = (await Promise.all(found)).flat()
  return states.sort((a, b) => b.position - a.position || b.predicted - a.predicted)
}

/** The bytes of a run's predictions of the model at this step. */
export async function predictedBytes(path: string, step: number): Promise<number> {
  const names = (await readdir(path).catch(() => [])).filter(name => isPrediction(name, step))
  const files = await Promise.all(names.map(name => stat(join(path, name)).catch(() => undefined)))
  return sum(files.map(file => file?.size ?? 0))
}
