import {withLock} from '../base/lock.ts'
import {readRow, writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import type {TrainState} from '../train/state.ts'
import {type Environment, readEnvironment} from './environment.ts'
import {type Events, events, type RunEvent} from './events.ts'
import {type Experiment, openExperiment} from './experiment.ts'
import {recordFailure} from './failure.ts'
import {runFenced} from './fence.ts'
import {withoutSet} from './file/complete.ts'
import type {Recipe} from './file/schema.ts'
import {hasFinished} from './has-finished.ts'
import {type Identity, identify} from './identity.ts'
import {checkLeast} from './memory/check-early.ts'
import {checkMemory, type MemoryBudget} from './memory/check-memory.ts'
import {buildRow, collectRows, makeResultsFolder} from './rows.ts'
import {type RunFolder, runFolder} from './run-folder.ts'
import {scoreModel} from './score-model.ts'
import {trainModel} from './training/train-model.ts'

export interface RunOptions {
  readonly onEvent?: (event: RunEvent) => void
  /** Aborted, the run saves a checkpoint and throws the signal's reason; run again, it goes on from there. */
  readonly signal?: AbortSignal
  /** Works in a folder that is this process' alone, for where others may be at the same run on other machines. */
  readonly fence?: boolean
  /**
   * Refuses what cannot fit in memory before the model is hashed, which takes a minute where it is large. The run's
   * folder has its name from that hash, so nothing is recorded in it.
   */
  readonly atOnce?: boolean
}

export interface RunResult {
  readonly folder: string
  readonly row: Row
  /** The results file that now holds the row. */
  readonly results: string
  /** The run had finished before; nothing was done again. */
  readonly already: boolean
}

/** A run, start to end: open the experiment, train, let the model answer, write the row, collect the results. */
export async function run(
  recipe: Recipe,
  {onEvent = () => {}, signal = new AbortController().signal, fence = false, atOnce = false}: RunOptions = {},
): Promise<RunResult> {
  const refuse = atOnce && !(await hasFinished(recipe))
  if (refuse) await checkLeast(recipe)
  const experiment = await openExperiment(recipe)
  const room = refuse ? await checkMemory(experiment) : undefined
  const identity = await identify(experiment)
  const folder = runFolder(recipe, identity.text)
  await makeResultsFolder()

  const finished = await readRow(folder.path)
  const begin = (own: RunFolder) =>
    recordFailure(own, () => work(experiment, {identity, room, folder: own, events: events(onEvent), signal}), signal)
  const alone = () => withLock(folder.path, async () => (await readRow(folder.path)) ?? begin(folder))
  const warn = (text: string) => onEvent({type: 'warning', text})
  const row = finished ?? (await (fence ? runFenced(folder, begin, warn) : alone()))
  const {file, warnings} = await collectRows(recipe)
  warnings.forEach(warn)
  return {folder: folder.path, row, results: file, already: finished !== undefined}
}

interface WorkOptions {
  readonly identity: Identity
  /** Where it is known already that all fits in memory. */
  readonly room: MemoryBudget | undefined
  readonly folder: RunFolder
  readonly events: Events
  readonly signal: AbortSignal
}

async function work(experiment: Experiment, {identity, room, folder, events, signal}: WorkOptions): Promise<Row> {
  const {recipe, engine} = experiment
  const {programs} = room ?? (await checkMemory(experiment))
  const environment = await readEnvironment()
  await folder.write('recipe.json', withoutSet(recipe))
  await folder.write('environment.json', {...environment, engine: engine.name, threads: engine.threads})

  experiment.data.warnings.forEach(events.warn)
  await experiment.data.prepare({events, signal})
  const stamp = stampOf(identity, environment, engine.threads)
  const trained = recipe.train && (await trainModel(experiment, {folder, stamp, programs, events, signal}))
  if (trained?.stopped) signal.throwIfAborted()
  const began = performance.now()
  const scores = await scoreModel(experiment, trained, {folder, events, signal})
  const scored = (performance.now() - began) / 1000

  const seconds = (trained ? secondsOf(trained.state) : 0) + scored
  const row = buildRow(experiment, {identity, environment, scores, state: trained?.state, seconds})
  await writeRow(folder.path, row)
  return row
}

/** Of training, and of scoring its epochs. */
const secondsOf = ({seconds, scores = []}: TrainState) => scores.reduce((sum, score) => sum + score.seconds, seconds)

function stampOf({recipe}: Identity, {version, node, onnxruntime}: Environment, threads: number) {
  return {recipe, threads, versions: {svft: version, node, onnxruntime}}
}
