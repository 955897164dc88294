import type {ProgramLimits} from '../../engine/program-cache.ts'
import {type Random, random} from '../../tensor/random.ts'
import {type Layout, layout} from '../../train/layout.ts'
import {programs} from '../../train/programs.ts'
import {groupOf} from '../../train/rate-groups.ts'
import {expectFrozen, loadNewestState, saveState} from '../../train/saved-states.ts'
import {finalTheta, type Stamp, type TrainState} from '../../train/state.ts'
import {trainingPrograms} from '../../train/step.ts'
import {train} from '../../train/train.ts'
import {hashTensors} from '../../weights/hash-tensor.ts'
import {addJoules, startEnergyMeter} from '../energy.ts'
import type {Events} from '../events.ts'
import type {Experiment} from '../experiment.ts'
import {trainingStep} from '../memory/step-cost.ts'
import {sizeWarnings} from '../method-warnings.ts'
import {type RunFolder, STATES_FOLDER} from '../run-folder.ts'
import type {TrainedWeights} from '../score-model.ts'
import {checkPrecision} from './check-precision.ts'
import {drawTensors, initializeAdapters} from './initial-tensors.ts'
import {keepBest, removePredictions} from './keep-best.ts'
import {scheduleSpan, spanWarnings} from './schedule-span.ts'
import {trainingOrder} from './train-order.ts'
import {openTrainingLog} from './training-log.ts'
import {watchLosses} from './watch-losses.ts'

export interface TrainModelOptions {
  readonly folder: RunFolder
  readonly stamp: Omit<Stamp, 'frozen'>
  /** The compiled programs that may be in memory at a time. */
  readonly programs?: ProgramLimits | undefined
  readonly events: Events
  readonly signal: AbortSignal
}

/** Trains from the first step or from where an earlier process left off; returns undefined if the recipe trains nothing. */
export async function trainModel(
  experiment: Experiment,
  options: TrainModelOptions,
): Promise<TrainedModel | undefined> {
  const {recipe, plan, engine, model, tensors, data} = experiment
  const {train: settings} = recipe
  const {folder, events, signal} = options
  if (!settings) return undefined
  const seeds = random(recipe.seed)

  const {examples} = data
  const slots = layout(plan.trainable, name => groupOf(name, settings.lrs))
  const checkpoints = folder.file(STATES_FOLDER)
  const loaded = await loadNewestState(checkpoints, options.stamp) // before the factors, which may take hours
  const {frozen, ...initial} = await initialParameters(experiment, {
    layout: slots,
    random: seeds.fork('init'),
    events,
    signal,
  })
  const stamp = {...options.stamp, frozen: await hashTensors(frozen)} // factors are not unique: other libraries find others
  expectFrozen(loaded, stamp.frozen)
  const {state, warnings} = loaded

  const sequence = trainingOrder(settings, {examples, model, random: seeds.fork('order')})
  const span = scheduleSpan(settings, {steps: sequence.steps, examples})
  const settingWarnings = [...sizeWarnings(experiment), ...spanWarnings(settings, span, sequence.steps)]
  for (const warning of [...settingWarnings, ...warnings]) events.warn(warning)
  const weights = Object.fromEntries(
    Object.entries({...tensors, ...frozen}).filter(([name]) => !(name in plan.trainable)),
  )
  const training = trainingStep(experiment, slots, weights)
  const compiled = programs(trainingPrograms(engine, training), options.programs)
  const start = {
    programFor: compiled.programFor,
    layout: slots,
    data: data.batches(sequence, Math.min(settings.microBatch, examples)),
    random: seeds,
    state,
  }
  const from = state?.step ?? 0
  if (from < sequence.steps) await removePredictions(recipe, {folder, from})
  const log = await openTrainingLog(folder.path, {from, warn: events.warn})
  const watch = watchLosses(events, state)
  const meter = await startEnergyMeter()
  const energy = async () => ({joules: addJoules(state ? state.joules : 0, await meter.read())})
  try {
    const release = compiled.dispose
    const cosine =
      from < sequence.steps
        ? await checkPrecision(experiment, {...start, ...initial, training, release, events, signal})
        : undefined
    if (state) initial.theta = state.theta // frees the values from which an earlier process started
    const facts = {gradientCosine: state?.gradientCosine ?? cosine}
    events.training(plan.count, sequence.steps, from)
    const trained = await train({
      ...start,
      ...initial,
      settings: {...settings, ...span, groupLr: settings.lrs, clip: settings.clip === 0 ? undefined : settings.clip},
      save: async state => {
        log.flush() // a process that resumes from this state does not do its steps again
        await saveState(checkpoints, {...state, ...facts, ...(await energy())}, stamp)
      },
      saveEvery: settings.saveEvery === undefined ? {seconds: 60} : {steps: settings.saveEvery},
      keepBest: keepBest(experiment, {
        layout: slots,
        frozen,
        settings,
        every: sequence.stepsPerEpoch,
        folder,
        events,
        signal,
      }),
      onStep: report => {
        log.add(report)
        watch(report)
      },
      onMicroBatch: events.microBatch,
      threads: engine.threads,
      signal,
    })
    const done = {...trained.state, ...facts, ...(await energy())}
    return {layout: slots, frozen, theta: finalTheta(done), ...trained, state: done}
  } finally {
    log.flush()
    meter.stop()
    await compiled.dispose()
  }
}

/** The adapters' frozen tensors, and the initial values of all that trains; the recipe's seed determines both. */
async function initialParameters(experiment: Experiment, {layout, random, events, signal}: InitialParametersOptions) {
  const {recipe, plan, config, model, tensors, engine} = experiment
  if ('init' in recipe.model) {
    const deviation = Number(config.initializer_range ?? 0.02)
    return {frozen: {}, theta: layout.pack(drawTensors(model, {deviation, random}))}
  }
  const head = 'head' in model ? {head: model.head} : {}
  const reports = {onFactors: events.factors, warn: events.warn}
  const {threads, precision} = engine
  const options = {plan, tensors, random, threads, precision, ...head, ...reports, signal}
  const {frozen, trainable} = await initializeAdapters(options)
  return {frozen, theta: layout.pack(trainable)}
}

interface InitialParametersOptions extends Pick<TrainModelOptions, 'events' | 'signal'> {
  readonly layout: Layout
  readonly random: Random
}

export interface TrainedModel extends TrainedWeights {
  readonly state: TrainState
  readonly stopped: boolean
}
