import type {Engine} from '../engine/program.ts'
import {writeRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import type {TrainState} from '../train/state.ts'
import {claimFolder} from './claim-folder.ts'
import {collectRows, makeResultsFolder} from './collect-rows.ts'
import {addJoules, startEnergyMeter} from './energy.ts'
import {type Environment, readEnvironment} from './environment.ts'
import {type Events, events, type RunEvent} from './events.ts'
import {type Experiment, openExperiment} from './experiment.ts'
import {withoutSet} from './file/complete.ts'
import type {Recipe} from './file/schema.ts'
import {type Identity, identify} from './identity.ts'
import {type Admission, admit} from './memory/admit.ts'
import {buildRow} from './rows.ts'
import {CLASSES_FILE, type RunFolder, runFolder} from './run-folder.ts'
import {scoreModel} from './score-model.ts'
import {openTracker, trackEvents} from './track/open-tracker.ts'
import {trainModel} from './training/train-model.ts'

export interface RunOptions {
  readonly onEvent?: (event: RunEvent) => void
  /** When aborted, the run saves a checkpoint and throws the signal's reason; run again, it resumes from there. */
  readonly signal?: AbortSignal
  /** Work in a folder of this process alone, where other machines may be at the same run. */
  readonly fence?: boolean
  /** Refuse what does not fit in memory before the model is hashed, with nothing recorded in the run's folder. */
  readonly refuseEarly?: boolean
}

export interface RunResult {
  readonly folder: string
  readonly row: Row
  /** The results file that now holds the row. */
  readonly results: string
  /** Whether the run had finished before, so that nothing was done. */
  readonly already: boolean
}

/** Runs a recipe from start to end: open the experiment, check that it fits, lock its folder, train, evaluate, write the row. */
export async function run(
  recipe: Recipe,
  {onEvent = () => {}, signal = new AbortController().signal, fence = false, refuseEarly = false}: RunOptions = {},
): Promise<RunResult> {
  const report = events(onEvent)
  const experiment = await openExperiment(recipe)
  const admission = await admit(experiment, {early: refuseEarly})
  const identity = await identify(experiment)
  const folder = runFolder(recipe, identity.text)
  await makeResultsFolder()

  const {row, already} = await claimFolder(folder, {fence, signal, warn: report.warn}, own =>
    trainAndScore(experiment, {identity, admission, folder: own, events: report, signal}),
  )
  const {file, warnings} = await collectRows(recipe)
  warnings.forEach(report.warn)
  return {folder: folder.path, row, results: file, already}
}

interface WorkOptions {
  readonly identity: Identity
  readonly admission: Admission
  readonly folder: RunFolder
  readonly events: Events
  readonly signal: AbortSignal
}

/** Trains and scores in a folder that no other process uses, and passes metrics to the recipe's tracker. */
async function trainAndScore(experiment: Experiment, options: WorkOptions): Promise<Row> {
  const {folder, events} = options
  const tracker = openTracker(experiment.recipe, {folder, warn: events.warn})
  try {
    const row = await trainThenScore(experiment, {...options, events: trackEvents(events, tracker)})
    const scores = Object.entries(row.scores).map(([split, {score}]) => [`score/${split}`, score])
    tracker?.log(row.steps, Object.fromEntries(scores))
    return row
  } finally {
    await tracker?.close()
  }
}

async function trainThenScore(
  experiment: Experiment,
  {identity, admission, folder, events, signal}: WorkOptions,
): Promise<Row> {
  const {recipe, engine, data} = experiment
  const {programs} = await admission.budget()
  const environment = await readEnvironment()
  await folder.write('recipe.json', withoutSet(recipe))
  if (data.classes) await folder.write(CLASSES_FILE, data.classes)
  await folder.write('environment.json', {...environment, ...engineFacts(engine)})

  data.warnings.forEach(events.warn)
  await data.prepare({events, signal})
  const stamp = stampOf(identity, environment, engine)
  const {train: settings} = recipe
  const trained = settings && (await trainModel(experiment, {settings, folder, stamp, programs, events, signal}))
  if (trained?.stopped) signal.throwIfAborted()

  const meter = await startEnergyMeter()
  try {
    const began = performance.now()
    const scores = await scoreModel(experiment, trained, {folder, events, signal})
    const seconds = (performance.now() - began) / 1000 + (trained ? trainingSeconds(trained.state) : 0)
    const joules = addJoules(trained ? trained.state.joules : 0, await meter.read())
    const row = buildRow(experiment, {identity, environment, scores, state: trained?.state, seconds, joules})
    await writeRow(folder.path, row)
    return row
  } finally {
    meter.stop()
  }
}

/** The seconds of training and of scoring its epochs. */
const trainingSeconds = ({seconds, scores = []}: TrainState) =>
  scores.reduce((sum, score) => sum + score.seconds, seconds)

/** The engine as environment.json records it. */
const engineFacts = ({name, version, precision, threads}: Engine) => ({
  engine: name,
  engineVersion: version,
  precision: precision === 'f32' ? undefined : precision,
  threads,
})

function stampOf({recipe}: Identity, {version, node, onnxruntime}: Environment, engine: Engine) {
  const own = engine.version === undefined ? {} : {[engine.name]: engine.version}
  return {recipe, threads: engine.threads, versions: {svft: version, node, onnxruntime, ...own}}
}
