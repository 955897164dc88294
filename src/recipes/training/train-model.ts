import type {ProgramLimits} from '../../engine/program-cache.ts'
import {programs} from '../../train/programs.ts'
import {saveState} from '../../train/saved-states.ts'
import {finalTheta, type Stamp, type TrainState} from '../../train/state.ts'
import {trainingPrograms} from '../../train/step.ts'
import {train} from '../../train/train.ts'
import {addJoules, startEnergyMeter} from '../energy.ts'
import type {Events} from '../events.ts'
import type {Experiment} from '../experiment.ts'
import {type RunFolder, STATES_FOLDER} from '../run-folder.ts'
import type {TrainedWeights} from '../score-model.ts'
import {checkPrecision} from './check-precision.ts'
import {keepBest, removePredictions} from './keep-best.ts'
import {openTraining} from './open-training.ts'
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

export interface TrainedModel extends TrainedWeights {
  readonly state: TrainState
  readonly stopped: boolean
}

/** Trains from the first step or from where an earlier process left off; returns undefined if the recipe trains nothing. */
export async function trainModel(
  experiment: Experiment,
  options: TrainModelOptions,
): Promise<TrainedModel | undefined> {
  const {recipe, plan, engine} = experiment
  const {train: settings} = recipe
  if (!settings) return undefined
  const {folder, events, signal} = options
  const checkpoints = folder.file(STATES_FOLDER)
  const training = await openTraining(experiment, {settings, checkpoints, ...options})
  const {layout, frozen, stepsPerEpoch, from, state, stamp} = training
  const {steps} = training.data
  if (from < steps) await removePredictions(recipe, {folder, from})

  const compiled = programs(trainingPrograms(engine, training.step), options.programs)
  const log = await openTrainingLog(folder.path, {from, warn: events.warn})
  const watch = watchLosses(events, state)
  const meter = await startEnergyMeter()
  try {
    const comparison = {...training, ...compiled, events, signal}
    const cosine = from < steps ? await checkPrecision(experiment, comparison) : undefined
    if (state) training.theta = state.theta // frees the values from which an earlier process started
    const complete = async (reached: TrainState): Promise<TrainState> => ({
      ...reached,
      gradientCosine: state?.gradientCosine ?? cosine,
      joules: addJoules(state ? state.joules : 0, await meter.read()),
    })
    events.training({params: plan.count, steps, from})
    const {state: reached, stopped} = await train({
      ...training,
      programFor: compiled.programFor,
      save: async reached => {
        log.flush() // a process that resumes from this state does not do its steps again
        await saveState(checkpoints, await complete(reached), stamp)
      },
      saveEvery: settings.saveEvery === undefined ? {seconds: 60} : {steps: settings.saveEvery},
      keepBest: keepBest(experiment, {layout, frozen, settings, every: stepsPerEpoch, folder, events, signal}),
      onStep: report => {
        log.add(report)
        watch(report)
      },
      onMicroBatch: events.microBatch,
      threads: engine.threads,
      signal,
    })
    const last = await complete(reached)
    return {layout, frozen, theta: finalTheta(last), stopped, state: last}
  } finally {
    log.flush()
    meter.stop()
    await compiled.dispose()
  }
}
