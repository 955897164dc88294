import {lstat} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {compact, sum} from '../base/collections.ts'
import {listFiles, listNames} from '../base/list-files.ts'
import {isMissing} from '../base/read-file.ts'
import {folderOfLog} from '../recipes/attempts.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {readRunRecipe, runFolderAt, STATES_FOLDER} from '../recipes/run-folder.ts'
import {METRICS_FILE, readLogFrom} from '../recipes/training/training-log.ts'
import type {Row} from '../results/row.ts'
import {readCellStatus} from '../sweep/cell-status.ts'
import {speedUnit} from '../tasks/index.ts'
import type {Speed} from '../terminal/progress.ts'
import {savedLosses, savedStates} from '../train/saved-states.ts'

/**
 * `running`: a process works on it. `done`: it has its row. `checkpointed`: stopped with its state saved. `failed`: an error
 * ended its last attempt. `lost`: its process died. `pending`: stopped before its first checkpoint. `unreadable`: the
 * folder is damaged.
 */
export type SummaryState = 'running' | 'done' | 'checkpointed' | 'failed' | 'lost' | 'pending' | 'unreadable'

/** A run at a glance, from the files in its folder. */
export interface RunSummary {
  readonly name: string
  readonly folder: string
  readonly state: SummaryState
  readonly recipe?: string | undefined
  readonly method?: string | undefined
  readonly seed?: number | undefined
  /** The values in which it differs from others of its recipe in the same list, like `train.lr=0.001`; only in lists. */
  readonly differs?: readonly string[] | undefined
  /** The number of steps done; for an inactive run, of steps saved. */
  readonly step?: number | undefined
  readonly steps?: number | undefined
  /** The loss of the last logged step. */
  readonly loss?: number | undefined
  /** The score of the first split that the recipe names. */
  readonly score?: ({readonly split: string} & Row['scores'][string]) | undefined
  /** When the newest of the run's files was written, as ISO 8601. */
  readonly changed?: string | undefined
  /** The size of all files in the folder. */
  readonly bytes: number
  /** Why the run failed or cannot be read. */
  readonly problem?: string | undefined
}

/** Summarizes a run. Nothing is written, and nothing thrown: a damaged folder is `unreadable`, with the reason. */
export const summarizeRun = async (path: string): Promise<RunSummary> => (await summarizeWithRecipe(path)).summary

/** Summarizes a run, and returns its recipe too, if it can be read. */
export async function summarizeWithRecipe(path: string): Promise<SummarizedRun> {
  const name = basename(path)
  const files = await sizesOf(path)
  const facts = {name, folder: path, ...files}
  try {
    const {written, ...read} = await readFacts(path)
    return {summary: {...facts, ...read}, written}
  } catch (error) {
    return {summary: {...facts, state: 'unreadable', problem: (error as Error).message}}
  }
}

export interface SummarizedRun {
  readonly summary: RunSummary
  readonly written?: Recipe | undefined
}

type RunFacts = Omit<RunSummary, 'name' | 'folder' | 'changed' | 'bytes'> & Pick<SummarizedRun, 'written'>

async function readFacts(path: string): Promise<RunFacts> {
  await listNames(path) // throws if it cannot be read
  const status = await readCellStatus(runFolderAt(path))
  const folder = await folderOfLog(path)
  const last = await lastLoggedStep(folder)
  const written = await readRunRecipe(folder).catch((error: Error) => {
    if (status.state === 'pending' || (status.state === 'lost' && !isMissing(error))) throw error
    return undefined // a run that has just begun, or ended early, has not written it
  })
  if (status.state === 'done') {
    const {row} = status
    const split = written?.evaluate.splits.find(split => split in row.scores) ?? Object.keys(row.scores)[0]
    const {recipe, method, seed, steps} = row
    const loss = last?.loss ?? (await lastSavedLoss(folder))
    const score = split === undefined ? undefined : {split, ...row.scores[split]}
    return {state: 'done', written, recipe, method, seed, step: steps, steps, loss, score}
  }
  const steps = last?.steps ?? written?.train?.steps
  const named = {written, recipe: written?.name, method: written?.adapter.method, seed: written?.seed, steps}
  if (status.state === 'running') return {state: 'running', ...named, step: last?.step, loss: last?.loss}
  const [saved] = await savedStates(join(folder, STATES_FOLDER))
  const state = status.state === 'pending' && saved ? 'checkpointed' : status.state
  const problem = status.state === 'failed' ? status.failure.message : undefined
  return {state, ...named, step: saved?.step, loss: last?.loss ?? (await lastSavedLoss(folder)), problem}
}

/** The unit in which the speed of a run's training is counted. */
export async function unitOf(path: string): Promise<Speed['unit']> {
  const recipe = await readRunRecipe(await folderOfLog(path)).catch(() => undefined)
  return speedUnit(recipe?.task)
}

/** The longest line of a log is far shorter than this. */
const TAIL = 4096

async function lastLoggedStep(folder: string) {
  const log = await readLogFrom(join(folder, METRICS_FILE), -TAIL).catch(() => undefined)
  return log?.reports.at(-1)
}

/** The last loss in the newest checkpoint, for runs without a log. */
async function lastSavedLoss(folder: string): Promise<number | undefined> {
  const saved = await savedLosses(join(folder, STATES_FOLDER)).catch(() => undefined)
  return saved?.losses.at(-1)
}

async function sizesOf(path: string): Promise<Pick<RunSummary, 'bytes' | 'changed'>> {
  const names = await listFiles(path)
  const found = await Promise.all(names.map(name => lstat(join(path, name)).catch(() => undefined)))
  const files = compact(found)
  const newest = Math.max(...files.map(({mtimeMs}) => mtimeMs))
  return {
    bytes: sum(files.map(({size}) => size)),
    changed: files.length === 0 ? undefined : new Date(newest).toISOString(),
  }
}
