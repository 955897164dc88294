import {existsSync} from 'node:fs'
import {Fault} from '../base/fault.ts'
import {readRow, writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {keepNewestState} from '../train/saved-states.ts'
import {threadsToResume} from './attempts.ts'
import {buildRow} from './build-row.ts'
import {claimFolder} from './claim-folder.ts'
import {collectAgain, collectRows} from './collect-rows.ts'
import {leakWarnings} from './data/leak-warnings.ts'
import {changedFilesWarnings} from './earlier/changed-files.ts'
import {findFinished, type ScoredRun} from './earlier/find-finished.ts'
import {measureTimeAndEnergy} from './energy.ts'
import {type Events, events, type RunEvent} from './events.ts'
import {type Experiment, openExperiment} from './experiment.ts'
import type {Recipe} from './file/schema.ts'
import {type Identity, identify} from './identity.ts'
import {limitPrograms} from './memory/check-memory.ts'
import {recordInputs} from './record-inputs.ts'
import {RECIPE_FILE, type RunFolder, runFolder, STATES_FOLDER} from './run-folder.ts'
import {scoreModel} from './score-model.ts'
import {makeSharedFolders} from './shared-folders.ts'
import {withTracker} from './track/open-tracker.ts'
import {trainModel} from './training/train-model.ts'
import {updateCells} from './update-cells.ts'

export interface RunOptions {
  readonly onEvent?: (event: RunEvent) => void
  /** When aborted, the run saves a checkpoint and throws the signal's reason; run again, it resumes from there. */
  readonly signal?: AbortSignal
  /** Work in a folder of this process alone, where other machines may be at the same run. */
  readonly fence?: boolean
}

export interface RunResult {
  readonly folder: string
  readonly row: Row
  /** The results file that now holds the row; undefined if a file of that name was left as it is, since it does not hold rows. */
  readonly results: string | undefined
  /** Whether the run had finished before, so that nothing was done. */
  readonly already: boolean
}

/**
 * Runs a recipe from start to end: open the experiment, lock its folder, check that it fits in memory, train, evaluate, write
 * the row. A run that has finished returns its row, for which its engine need not be installed.
 */
export async function run(recipe: Recipe, options: RunOptions = {}): Promise<RunResult> {
  const {onEvent, signal = new AbortController().signal, fence = false} = options
  const all = {events: events(onEvent), signal, fence}
  return (await runIfFinished(recipe, options)) ?? collectRun(recipe, await claimAndRun(recipe, all), all)
}

/** Returns the result of a run that has finished here, as `run` does, and undefined for any other. */
export async function runIfFinished(recipe: Recipe, {onEvent, signal}: RunOptions): Promise<RunResult | undefined> {
  const found = await findFinished(recipe)
  return found && collectRun(recipe, found, {events: events(onEvent), signal})
}

interface ClaimAndRunOptions {
  readonly events: Events
  readonly signal: AbortSignal
  readonly fence: boolean
}

/** Opens the experiment, and trains and scores it in its folder unless somebody else has meanwhile. */
async function claimAndRun(recipe: Recipe, options: ClaimAndRunOptions): Promise<ScoredRun> {
  const {events, signal, fence} = options
  const experiment = await openExperiment(recipe)
  const identity = await identify(experiment)
  const folder = runFolder(recipe, identity.hash)
  const threads = await threadsToResume(folder, experiment, {fence})
  if (threads !== undefined) return claimAndRun({...recipe, threads}, options)
  if (!(await readRow(folder.path))) await makeSharedFolders([recipe])

  const claimed = await claimFolder(folder, {fence, signal, warn: events.warn}, own =>
    withTracker(recipe, {folder: own, events}, tracked =>
      trainAndScore(experiment, {identity, folder: own, events: tracked, signal}),
    ),
  )
  return {folder, ...claimed}
}

/** Writes the rows of a run's suite into its results file, after its own was brought up to date if it is from before. */
async function collectRun(
  recipe: Recipe,
  {folder, row, already}: ScoredRun,
  {events, signal}: Pick<RunOptions, 'signal'> & {readonly events: Events},
): Promise<RunResult> {
  const current = already ? await updateCells(row, recipe, folder) : row
  const collect = already ? collectAgain : collectRows
  const {file, warnings} = await collect(recipe, {warn: events.warn, signal})
  warnings.forEach(events.warn)
  return {folder: folder.path, row: current, results: file, already}
}

interface TrainAndScoreOptions {
  readonly identity: Identity
  /** A folder that no other process uses. */
  readonly folder: RunFolder
  readonly events: Events
  readonly signal: AbortSignal
}

/** Checks that the experiment fits in memory, trains, evaluates and writes the row. */
async function trainAndScore(
  experiment: Experiment,
  {identity, folder, events, signal}: TrainAndScoreOptions,
): Promise<Row> {
  const {data} = experiment
  const programs = await limitPrograms(experiment) // throws if the run does not fit in memory
  const {environment, stamp} = await recordInputs(experiment, {identity, folder})
  const changed = await changedFilesWarnings(experiment.recipe, {identity, folder})
  const warnings = [...changed, ...experiment.warnings, ...leakWarnings(experiment.recipe), ...data.warnings]
  warnings.forEach(events.warn)
  await data.prepare?.({events, signal})

  const trained = await trainModel(experiment, {folder, stamp, programs, events, signal})
  if (trained?.stopped) signal.throwIfAborted()

  const {result: scores, cost} = await measureTimeAndEnergy(() =>
    scoreModel(experiment, trained, {folder, events, signal, final: true}),
  )
  const row = buildRow(experiment, {identity, environment, scores, state: trained?.state, scoring: cost})
  checkUnmoved(folder)
  await writeRow(folder.path, row)
  await keepNewestState(folder.file(STATES_FOLDER)).catch(error => {
    if (!(error instanceof Fault)) throw error
    events.warn(`an older checkpoint cannot be deleted: ${error.message}`) // the run has finished nevertheless
  })
  return row
}

/** Checks that a run's folder still has its recipe: a later one in its place has only the run's last files. */
function checkUnmoved(folder: RunFolder): void {
  if (existsSync(folder.file(RECIPE_FILE))) return
  const advice = 'run the command again, which resumes from the checkpoints that are left'
  throw new Fault('io', `${folder.path}: moved or removed while the run was at work; ${advice}`)
}
