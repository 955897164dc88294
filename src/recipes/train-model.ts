import {mkdir} from 'node:fs/promises'
import type {Named, Stored} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {tokenData} from '../train/batch.ts'
import {type Layout, layout} from '../train/layout.ts'
import {order} from '../train/order.ts'
import {programs} from '../train/programs.ts'
import {loadNewestState, type Stamp, saveState, type TrainState} from '../train/state.ts'
import {trainingPrograms} from '../train/step.ts'
import {type TrainOptions, train} from '../train/train.ts'
import {ioFault} from '../weights/files.ts'
import type {Events} from './events.ts'
import type {Experiment} from './experiment.ts'
import {drawTensors, initialise} from './initial.ts'
import type {RunFolder} from './run-folder.ts'
import type {Recipe, TrainSettings} from './schema.ts'

export interface Trained {
  readonly layout: Layout
  /** What adapters keep frozen, by `<path>.frozen.<name>`. */
  readonly frozen: Named<Stored>
  readonly state: TrainState
  readonly stopped: boolean
}

export interface TrainModelOptions {
  readonly folder: RunFolder
  readonly stamp: Stamp
  readonly events: Events
  readonly signal: AbortSignal
}

/** Trains what the recipe trains, from its first step or from where an earlier process left it. */
export async function trainModel(experiment: Experiment, options: TrainModelOptions): Promise<Trained> {
  const {recipe, plan, engine, model, tensors} = experiment
  const {folder, stamp, events, signal} = options
  const settings = recipe.train!
  const {microBatch, batch} = settings
  const seeds = random(recipe.seed)

  const examples = await readExamples(experiment, events)
  const slots = layout(
    Object.entries(plan.trainable).map(([name, shape]) => ({name, shape, ...groupOf(name, settings.lrs)})),
  )
  const checkpoints = folder.file('checkpoints')
  await mkdir(checkpoints, {recursive: true}).catch(error => Promise.reject(ioFault(checkpoints, error)))
  const {state, warnings} = await loadNewestState(checkpoints, stamp)
  for (const warning of warnings) events.warn(warning)

  const {frozen, trainable} = await initial(experiment, options)
  const sequence = order({
    examples: examples.length,
    batch,
    microBatch,
    remainder: batch > microBatch ? 'carried' : 'kept',
    ...(settings.steps === undefined ? {epochs: settings.epochs!} : {steps: settings.steps}),
    random: seeds.fork('order'),
  })
  const weights = Object.fromEntries(
    Object.entries({...tensors, ...frozen}).filter(([name]) => !(name in plan.trainable)),
  )
  const compiled = programs(
    trainingPrograms(engine, {
      model,
      plan,
      layout: slots,
      weights,
      dropout: dropoutOf(recipe),
      recompute: settings.recompute,
    }),
  )
  events.training(plan.count, sequence.steps, state?.step ?? 0)
  try {
    const trained = await train({
      programFor: compiled.programFor,
      layout: slots,
      theta: slots.pack(trainable),
      data: tokenData(examples, sequence, {rows: microBatch}),
      settings: optimizer(settings, sequence.steps),
      random: seeds,
      save: state => saveState(checkpoints, state, stamp),
      saveEvery: settings.saveEvery === undefined ? {seconds: 60} : {steps: settings.saveEvery},
      onStep: report => events.step(report),
      signal,
      ...(state === undefined ? {} : {state}),
    })
    return {layout: slots, frozen, ...trained}
  } finally {
    await compiled.dispose()
  }
}

async function readExamples({recipe, task, tokenizer}: Experiment, events: Events) {
  const {train: file, limit} = recipe.data
  const read = await task.readTraining(file)
  const {examples, warnings} = await task.encode(tokenizer, read.slice(0, limit?.train), recipe.train!.maxTokens)
  for (const warning of warnings) events.warn(`${file}: ${warning}`)
  return examples
}

/** Every trainable's first numbers, and the adapters' frozen tensors; the same whenever it is asked. */
async function initial({recipe, plan, config, model, tensors, engine}: Experiment, {events}: TrainModelOptions) {
  const seeds = random(recipe.seed).fork('init')
  if ('init' in recipe.model) {
    const deviation = Number(config.initializer_range ?? 0.02)
    return {frozen: {}, trainable: drawTensors(model.shapes, {deviation, random: seeds})}
  }
  return initialise({plan, tensors, random: seeds, threads: engine.threads, onModule: events.module})
}

/** The learning-rate group of a trainable: the longest pattern of `lrs` that its name fits, * standing for any text. */
function groupOf(name: string, lrs: Readonly<Record<string, number>>): {group?: string} {
  const fitting = Object.keys(lrs).filter(pattern => fits(name, pattern))
  const [group] = fitting.sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  return group === undefined ? {} : {group}
}

function fits(name: string, pattern: string): boolean {
  const [first, ...rest] = pattern.split('*')
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const [i, piece] of rest.entries()) {
    at = i === rest.length - 1 ? Math.max(at, name.length - piece.length) : name.indexOf(piece, at)
    if (at < 0 || !name.startsWith(piece, at)) return false
    at += piece.length
  }
  return at === name.length
}

const dropoutOf = ({adapter}: Recipe) => ('dropout' in adapter ? adapter.dropout : 0)

function optimizer(settings: TrainSettings, total: number): TrainOptions['settings'] {
  const {lr, lrs, warmup, warmupSteps, schedule, betas, eps, weightDecay, clip} = settings
  return {
    lr,
    schedule,
    warmup: warmupSteps ?? Math.ceil(warmup * total),
    total,
    betas,
    eps,
    weightDecay,
    groupLr: lrs,
    ...(clip === 0 ? {} : {clip}),
  }
}
