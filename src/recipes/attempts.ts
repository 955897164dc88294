import {randomBytes} from 'node:crypto'
import {existsSync} from 'node:fs'
import {cp, readdir, rename, rm, rmdir, stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {sum} from '../base/collections.ts'
import {Fault, ioFault} from '../base/fault.ts'
import {makeFolder, sync} from '../base/files.ts'
import {findLock, withLock} from '../base/lock.ts'
import {findDamage} from '../base/published-folder.ts'
import {machineId} from '../base/temporary.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {firstProgress, savedStates} from '../train/state.ts'
import {type RunFolder, runFolderAt} from './run-folder.ts'
import {METRICS_FILE} from './training/training-log.ts'

/**
 * Runs `work` in a folder of its own, an attempt, and renames it to the run's folder once its row is written. This is safe
 * even if an earlier process of the same run is still alive on a machine that is cut off: no lock could detect that process,
 * but the two share no files. An attempt starts from a copy of the newest state of all others, with its log and its answers.
 * The first attempt to finish becomes the run: a run's folder with a row is never replaced. A later attempt with different
 * scores is kept and reported with `warn`.
 */
export async function runFenced(
  folder: RunFolder,
  work: (own: RunFolder) => Promise<Row>,
  warn: (text: string) => void,
): Promise<Row> {
  const finished = await readRow(folder.path)
  if (finished) return finished
  await rmdir(folder.path).catch(() => {}) // it is empty where it held only the reason of an earlier failure
  const own = join(attemptsFolder(folder), `${machineId}-${process.pid}-${randomBytes(6).toString('hex')}`)
  try {
    for (const path of await attemptsAt(folder)) if (await readRow(path)) return await publish(path, {folder, warn})
    await makeFolder(own)
    await bringNewest(folder, own)
    await work(runFolderAt(own, folder.name))
    return await publish(own, {folder, warn})
  } catch (error) {
    const first = await readRow(folder.path) // the first to finish removed all attempts
    if (!first) throw ioFault(own, error)
    await rm(own, {recursive: true, force: true})
    return first
  }
}

interface Progress {
  readonly step: number
  readonly threads: number
}

/** The newest state in a run's folder, and the newest in that folder and its attempts. */
export async function savedProgress(
  folder: RunFolder,
): Promise<{readonly own: Progress | undefined; readonly newest: Progress | undefined}> {
  const newestIn = async (paths: readonly string[]) => firstProgress(await statesIn(paths)).catch(() => undefined)
  const attempts = await attemptsAt(folder)
  const own = await newestIn([folder.path])
  return {own, newest: attempts.length > 0 ? await newestIn([folder.path, ...attempts]) : own}
}

/** The folder of the attempts at all runs, whose name begins with a dot, so that nothing below it counts as a run. */
const attemptsIn = (runs: string) => join(runs, '.attempts')

/** The folder of all attempts at a run. */
export const attemptsFolder = ({path}: Pick<RunFolder, 'path'>) => join(attemptsIn(dirname(path)), basename(path))

/** The folders of the attempts at a run, finished or not. */
async function attemptsAt(folder: Pick<RunFolder, 'path'>): Promise<string[]> {
  const names = await readdir(attemptsFolder(folder)).catch(() => [])
  return names.sort().map(name => join(attemptsFolder(folder), name))
}

/** The runs below a folder that exist as attempts alone: the folder that each will have, and an attempt with its recipe. */
export async function attemptedRuns(runs: string): Promise<{readonly path: string; readonly attempt: string}[]> {
  const hasRecipe = (path: string) => existsSync(join(path, 'recipe.json'))
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
  const times = await Promise.all(
    folders.map(folder =>
      stat(join(folder, METRICS_FILE)).then(
        ({mtimeMs}) => mtimeMs,
        () => 0,
      ),
    ),
  )
  return folders[times.indexOf(Math.max(...times))]
}

/**
 * Copies the newest valid state of all others, and the files beside it that a resumed run goes on with. Copies of states are
 * verified, since another process may still write to the originals. Without a state, as where nothing is trained, the attempt
 * with the most predictions is the one to go on from.
 */
async function bringNewest(folder: RunFolder, own: string): Promise<void> {
  const others = [folder.path, ...(await attemptsAt(folder))].filter(path => path !== own)
  for (const {path, step} of await statesIn(others)) {
    const copy = join(own, STATES, `.${basename(path)}.copy`)
    await rm(copy, {recursive: true, force: true})
    const copied = await cp(path, copy, {recursive: true}).then(
      async () => !(await findDamage(copy)),
      () => false,
    )
    if (copied) {
      await rename(copy, join(own, STATES, basename(path)))
      return bringFiles(dirname(dirname(path)), own, step)
    }
    await rm(copy, {recursive: true, force: true})
  }
  const sizes = await Promise.all(others.map(path => predictedBytes(path, 0)))
  const most = Math.max(...sizes)
  if (most > 0) await bringFiles(others[sizes.indexOf(most)], own, 0)
}

/** Lists the states of attempts, valid or not, newest first; of equal states, the one with the most predictions first. */
async function statesIn(paths: readonly string[]) {
  const found = paths.map(async path => {
    const states = await savedStates(join(path, STATES)).catch(() => [])
    return Promise.all(states.map(async state => ({...state, predicted: await predictedBytes(path, state.step)})))
  })
  const states = (await Promise.all(found)).flat()
  return states.sort((a, b) => b.position - a.position || b.predicted - a.predicted)
}

/** Copies what a run has written beside its state of this step. The run itself removes what does not belong to that step. */
async function bringFiles(from: string, own: string, step: number): Promise<void> {
  const names = (await readdir(from).catch(() => [])).filter(name => isPrediction(name, step) || RESUMED.test(name))
  for (const name of names) await cp(join(from, name), join(own, name), {recursive: true}).catch(() => {}) // a run can do without
}

/** Whether a file has predictions of the model at this step. */
const isPrediction = (name: string, step: number) =>
  /^predictions-.+\.jsonl$/.test(name) || name === `epoch-${step}.jsonl`

const RESUMED = /^(metrics\.jsonl|epochs\.json|environment\.json|tensorboard)$/

async function predictedBytes(path: string, step: number): Promise<number> {
  const names = (await readdir(path).catch(() => [])).filter(name => isPrediction(name, step))
  const sizes = await Promise.all(
    names.map(name =>
      stat(join(path, name)).then(
        ({size}) => size,
        () => 0,
      ),
    ),
  )
  return sum(sizes)
}

/** Moves a finished attempt to the run's folder, and returns the row that is there then. */
async function publish(
  own: string,
  {folder, warn}: {readonly folder: RunFolder; readonly warn: (text: string) => void},
): Promise<Row> {
  const ours = await readRow(own)
  for (let error = await tryRename(own, folder.path); error; error = await tryRename(own, folder.path)) {
    const first = await readRow(folder.path)
    if (first) {
      if (!ours || isDeepStrictEqual(ours.scores, first.scores)) await rm(own, {recursive: true, force: true})
      else warn(`${own}: finished with other scores than ${folder.path}, which another machine finished first`)
      return first
    }
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await setAside(folder)
  }
  await sync(dirname(folder.path))
  await rm(attemptsFolder(folder), {recursive: true, force: true})
  const row = await readRow(folder.path)
  if (!row) throw new Error(`${folder.path}: the row is missing right after it was published`)
  return row
}

/** Renames a folder, or returns the error. The system refuses if a folder that is not empty is there. */
const tryRename = (from: string, to: string): Promise<NodeJS.ErrnoException | undefined> =>
  rename(from, to).then(
    () => undefined,
    error => error,
  )

/** Makes an unfinished run, on which no process of this machine works, one of the attempts. */
async function setAside(folder: RunFolder): Promise<void> {
  const aside = join(attemptsFolder(folder), `before-${randomBytes(6).toString('hex')}`)
  try {
    await withLock(folder.path, async () => {
      if (!(await readRow(folder.path))) await rename(folder.path, aside) // else another attempt was faster
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return // another attempt was faster
    const at = `finished in ${attemptsFolder(folder)}, but cannot take its place: `
    throw error instanceof Fault ? new Fault(error.kind, at + error.message) : error
  }
}

const STATES = 'checkpoints'
