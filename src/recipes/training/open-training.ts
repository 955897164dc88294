import {type Random, random} from '../../tensor/random.ts'
import {type Layout, layout} from '../../train/layout.ts'
import {groupOf} from '../../train/rate-groups.ts'
import {expectFrozen, loadNewestState} from '../../train/saved-states.ts'
import type {Stamp} from '../../train/state.ts'
import type {TrainingStep} from '../../train/step.ts'
import type {TrainOptions} from '../../train/train.ts'
import {hashTensors} from '../../weights/hash-tensor.ts'
import type {Events} from '../events.ts'
import type {Experiment} from '../experiment.ts'
import type {RecipeTraining} from '../file/schema.ts'
import {trainingStep} from '../memory/step-cost.ts'
import {sizeWarnings} from '../method-warnings.ts'
import type {TrainedWeights} from '../score-model.ts'
import {drawTensors} from './draw-tensors.ts'
import {initializeAdapters} from './initial-tensors.ts'
import {scheduleSpan, spanWarnings} from './schedule-span.ts'
import {trainingOrder} from './train-order.ts'

/** Where a training starts, and everything that decides its steps. Nothing is compiled yet. */
export interface OpenedTraining
  extends Pick<TrainOptions, 'layout' | 'data' | 'random' | 'settings' | 'state'>,
    Pick<TrainedWeights, 'frozen'> {
  /** The initial values; mutable, so that a resumed training can let go of them. */
  theta: Float32Array
  readonly step: TrainingStep
  /** The number of steps that earlier processes have done. */
  readonly from: number
  readonly stepsPerEpoch: number
  /** The stamp of the states that it saves. */
  readonly stamp: Stamp
}

export interface OpenTrainingOptions {
  readonly settings: RecipeTraining
  /** The folder of the saved states. */
  readonly checkpoints: string
  readonly stamp: Omit<Stamp, 'frozen'>
  readonly events: Events
  readonly signal: AbortSignal
}

/** Loads the newest saved state, initializes what trains, decides order and schedule, and warns of unusual settings. */
export async function openTraining(experiment: Experiment, options: OpenTrainingOptions): Promise<OpenedTraining> {
  const {recipe, plan, model, data} = experiment
  const {examples} = data
  const {settings, events, signal} = options
  const seeds = random(recipe.seed)
  const slots = layout(plan.trainable, name => groupOf(name, settings.lrs))
  const loaded = await loadNewestState(options.checkpoints, options.stamp) // before the factors, which may take hours
  const initial = {layout: slots, random: seeds.fork('init'), events, signal}
  const {frozen, theta} = await initialParameters(experiment, initial)
  const stamp = {...options.stamp, frozen: await hashTensors(frozen)} // factors are not unique: other libraries find others
  expectFrozen(loaded, stamp.frozen)

  const order = trainingOrder(settings, {examples, model, random: seeds.fork('order')})
  const span = scheduleSpan(settings, {steps: order.steps, examples})
  const settingWarnings = [...sizeWarnings(experiment), ...spanWarnings(settings, span, order.steps)]
  for (const warning of [...settingWarnings, ...loaded.warnings]) events.warn(warning)
  const {lrs: groupLr, clip} = settings
  return {
    layout: slots,
    data: data.batches(order, Math.min(settings.microBatch, examples)),
    random: seeds,
    settings: {...settings, ...span, groupLr, clip: clip === 0 ? undefined : clip},
    state: loaded.state,
    from: loaded.state?.step ?? 0,
    frozen,
    theta,
    step: trainingStep(experiment, slots, frozenWeights(experiment, frozen)),
    stepsPerEpoch: order.stepsPerEpoch,
    stamp,
  }
}

/** The weights that a step reads and does not train: the checkpoint's and the adapters'. */
const frozenWeights = ({plan, tensors}: Experiment, frozen: OpenedTraining['frozen']) =>
  Object.fromEntries(Object.entries({...tensors, ...frozen}).filter(([name]) => !(name in plan.trainable)))

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

interface InitialParametersOptions extends Pick<OpenTrainingOptions, 'events' | 'signal'> {
  readonly layout: Layout
  readonly random: Random
}
