import {randomBytes} from 'node:crypto'
import {cp, readdir, realpath, rename, rm, rmdir, stat} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {Fault, ioFault} from '../base/fault.ts'
import {makeFolder, sync} from '../base/files.ts'
import {withLock} from '../base/lock.ts'
import {findDamage} from '../base/published-folder.ts'
import {machineId} from '../base/temporary.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {attemptsAt, attemptsFolder, predictedBytes, statesIn} from './attempts.ts'
import {
  ENVIRONMENT_FILE,
  EPOCHS_FILE,
  isPrediction,
  type RunFolder,
  runFolderAt,
  STATES_FOLDER,
  TENSORBOARD_FOLDER,
} from './run-folder.ts'
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

/** Removes the attempts that finished while a run without a fence did, with the same scores; `warn` gets those with others. */
export async function settleAttempts(folder: RunFolder, warn: (text: string) => void): Promise<void> {
  for (const path of await attemptsAt(folder)) if (await readRow(path)) await publish(path, {folder, warn})
}

/**
 * Copies the newest valid state of all others, and the files beside it that a resumed run goes on with. Copies of states are
 * verified, since another process may still write to the originals. Without a state, as where nothing is trained, the attempt
 * with the most predictions is the one to go on from.
 */
async function bringNewest(folder: RunFolder, own: string): Promise<void> {
  const others = [folder.path, ...(await attemptsAt(folder))].filter(path => path !== own)
  const states = await statesIn(others)
  for (const {path, step, position} of states) {
    const copy = join(own, STATES_FOLDER, `.${basename(path)}.copy`)
    await rm(copy, {recursive: true, force: true})
    const copied = await cp(path, copy, {recursive: true}).then(
      async () => !(await findDamage(copy)),
      () => false,
    )
    if (copied) {
      const [from, state] = [runOf(path), join(own, STATES_FOLDER, basename(path))]
      await rename(copy, state)
      await bringFiles(from, own, step)
      const isNeeded = (other: string) => [from, folder.path].includes(runOf(other))
      const earlier = states.filter(other => other.position < position && !isNeeded(other.path))
      return removeOld(earlier, state)
    }
    await rm(copy, {recursive: true, force: true})
  }
  const sizes = await Promise.all(others.map(path => predictedBytes(path, 0)))
  const most = Math.max(...sizes)
  if (most > 0) await bringFiles(others[sizes.indexOf(most)], own, 0)
}

const runOf = (state: string) => dirname(dirname(state))

/**
 * Removes states, of other attempts, that are earlier than `newest`, which is there twice. An attempt that is still alive writes
 * later ones by its end. One that has just begun may be about to load its copy: what is less than an hour older stays.
 */
async function removeOld(states: readonly {readonly path: string}[], newest: string): Promise<void> {
  const timeOf = async (path: string) => (await stat(path)).mtimeMs
  const now = await timeOf(newest) // by the clock of the same file server
  for (const {path} of states) {
    const time = await timeOf(path).catch(() => now)
    if (now - time > HOUR) await rm(path, {recursive: true, force: true}).catch(() => {}) // it does no harm
  }
}

const HOUR = 60 * 60 * 1000

/** Copies what a run has written beside its state of this step. The run itself removes what does not belong to that step. */
async function bringFiles(from: string, own: string, step: number): Promise<void> {
  const names = (await readdir(from).catch(() => [])).filter(name => isPrediction(name, step) || RESUMED.includes(name))
  for (const name of names) await cp(join(from, name), join(own, name), {recursive: true}).catch(() => {}) // a run can do without
}

const RESUMED: readonly string[] = [METRICS_FILE, EPOCHS_FILE, ENVIRONMENT_FILE, TENSORBOARD_FOLDER]

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
      else warn(`${own}: finished with other scores than ${folder.path}, which has become the run`)
      return first
    }
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(error.code ?? '')) throw error // the last if the folder is a link
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
    const place = await realpath(folder.path).catch(() => folder.path) // behind a link, so that no lock stays there
    await withLock(place, async () => {
      if (!(await readRow(folder.path))) await rename(folder.path, aside) // else another attempt was faster
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return // another attempt was faster
    const at = `finished in ${attemptsFolder(folder)}, but cannot take its place: `
    throw error instanceof Fault ? new Fault(error.kind, at + error.message) : error
  }
}
