import {readdir} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {Fault, ioFault} from '../base/fault.ts'
import {remove} from '../base/files.ts'
import {pluralize} from '../base/pluralize.ts'
import {findDamage, publishFolder} from '../base/published-folder.ts'
import type {Named} from '../engine/program.ts'
import {readLosses, readMeta, readState, type Stamp, statePosition, type TrainState, writeState} from './state.ts'

/**
 * Writes the state atomically as `<folder>/step-000123`, or `step-000123-scored` at the end of a scored epoch. Then it
 * removes all other states except the newest valid one before it, and those that cannot be read now. A damaged folder of the
 * same name is renamed; a valid one with the same stamp is this state and stays.
 */
export async function saveState(folder: string, state: TrainState, stamp: Stamp): Promise<void> {
  const name = `step-${String(state.step).padStart(6, '0')}${statePosition(state) % 2 ? '-scored' : ''}`
  const path = join(folder, name)
  if (!(await isSaved(path, stamp)))
    await publishFolder(path, temporary => writeState(temporary, state, stamp), {existing: 'aside'})
  await prune(folder, statePosition(state))
}

/** Whether this state is on disk already: saved before a process that could not read it resumed from an earlier one. */
async function isSaved(path: string, stamp: Stamp): Promise<boolean> {
  if (await findDamage(path)) return false
  const {recipe, threads, frozen, versions} = await readMeta(path)
  return isDeepStrictEqual({recipe, threads, frozen, versions}, stamp)
}

/** The newest valid state of a run, if there is one, and the hash of the frozen tensors that it was trained on. */
export interface LoadedState {
  readonly path?: string
  readonly state?: TrainState
  readonly frozen?: string
  /** Names damaged states and other versions. */
  readonly warnings: readonly string[]
}

/**
 * Loads the newest valid state in `folder`. A state of another recipe or thread count is a fault, because the results would
 * differ from an uninterrupted run.
 */
export async function loadNewestState(folder: string, stamp: Omit<Stamp, 'frozen'>): Promise<LoadedState> {
  const warnings: string[] = []
  for (const {path} of await savedStates(folder)) {
    const damage = await findDamage(path)
    if (!damage) {
      const {state, stamp: saved} = await readState(path, restartAdvice(folder))
      expectSame(path, folder, {saved, stamp})
      const {frozen, versions} = saved
      return {path, state, frozen, warnings: [...warnings, ...differences(path, versions, stamp.versions)]}
    }
    warnings.push(`${path} cannot be used, so training resumes from the state before it: ${damage.message}`)
  }
  return {warnings}
}

/** @throws Fault 'failed' if a state was trained on other frozen tensors than those of this hash */
export function expectFrozen({path, frozen}: LoadedState, now: string): void {
  if (path === undefined || frozen === now) return
  throw new Fault('failed', `${path} ${OTHER_FACTORS}${restartAdvice(dirname(path))}`)
}

/** Reads the newest valid state in `folder`, if there is one. */
export const newestState = async (folder: string) => readFirst(await savedStates(folder), readState)

/** Reads the first valid one of these states, if there is one, without its tensors: its step and its thread count. */
export const firstProgress = (states: readonly {readonly path: string}[]) => readFirst(states, readMeta)

async function readFirst<T>(
  states: readonly {readonly path: string}[],
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  for (const {path} of states) if (!(await findDamage(path))) return read(path)
  return undefined
}

/**
 * Reads the losses of all steps, and their gradient norms, in the newest state in `folder`, valid or not. Undefined if there
 * is none, or if it cannot be read.
 *
 * @throws Fault 'input' if it is not JSON
 */
export async function savedLosses(folder: string): ReturnType<typeof readLosses> {
  const [newest] = await savedStates(folder).catch(() => [])
  return newest && readLosses(newest.path)
}

const restartAdvice = (places: string) => `; to start from step 0, move ${places} away`

type Resumable = Pick<Stamp, 'recipe' | 'threads'>

/** @throws Fault 'usage' if the state at `path` in `folder` is of another recipe or thread count */
function expectSame(
  path: string,
  folder: string,
  {saved: {recipe, threads}, stamp}: {readonly saved: Resumable; readonly stamp: Resumable},
): void {
  const restart = restartAdvice(folder)
  if (recipe !== stamp.recipe)
    throw new Fault('usage', `${path} is of another recipe: ${recipe}, not ${stamp.recipe}${restart}`)
  if (threads !== stamp.threads) throw otherThreads(path, folder, {saved: threads, now: stamp.threads})
}

/** The fault of a state or a run at `path` that was trained with another number of threads; moving `places` away restarts it. */
export function otherThreads(
  path: string,
  places: string,
  {saved, now}: {readonly saved: number; readonly now: number},
): Fault {
  const threads = `was trained with ${pluralize(saved, 'thread')}, not ${now}; use ${saved}`
  return new Fault('usage', `${path} ${threads}${restartAdvice(places)}`)
}

/** The end of a message about a state or a run whose frozen factors are not those of now. */
export const OTHER_FACTORS =
  'was trained on other SVD factors, which were since computed again by another library; restore the earlier cache of factors'

function differences(path: string, then: Named<string>, now: Named<string>): string[] {
  return [...new Set([...Object.keys(then), ...Object.keys(now)])]
    .filter(name => then[name] !== now[name] && (name !== 'processor' || name in then))
    .map(name => `${path}: ${name} was ${then[name] ?? 'absent'}, is ${now[name] ?? 'absent'}; results may change`)
}

/**
 * Keeps the state at `position`, the newest valid one before it and valid later ones; removes older and damaged ones. A state
 * that cannot be read now may be valid, and stays until there is a newer valid one.
 */
async function prune(folder: string, position: number): Promise<void> {
  let hasPrevious = false
  for (const other of (await savedStates(folder)).filter(one => one.position !== position)) {
    const damage = hasPrevious ? undefined : await findDamage(other.path)
    if (hasPrevious || damage?.kind === 'input') await remove(other.path)
    else if (!damage && other.position < position) hasPrevious = true
  }
}

/** After the last step: removes all states before the newest, if it is valid. Nothing resumes a finished run. */
export async function keepNewestState(folder: string): Promise<void> {
  const [newest, ...older] = await savedStates(folder)
  if (older.length === 0 || (await findDamage(newest.path))) return
  for (const {path} of older) await remove(path)
}

/** Lists the states in a folder, valid or not, newest first. */
export async function savedStates(folder: string): Promise<{step: number; position: number; path: string}[]> {
  const names = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return []
    throw ioFault(folder, error)
  })
  return names
    .flatMap(name => {
      const [, digits, scored] = /^step-(\d{6,})(-scored)?$/.exec(name) ?? []
      if (digits === undefined) return []
      const step = Number(digits)
      return [{step, position: 2 * step + Number(scored !== undefined), path: join(folder, name)}]
    })
    .sort((a, b) => b.position - a.position)
}
