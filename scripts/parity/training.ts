import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {type AdapterPlan, plan} from '../../src/adapters/plan.ts'
import {isTarget} from '../../src/adapters/targets.ts'
import {mapValues} from '../../src/base/collections.ts'
import type {Engine, Named, Shape} from '../../src/engine/program.ts'
import type {Model} from '../../src/models/model.ts'
import type {OrderSettings} from '../../src/recipes/training/train-order.ts'
import {random} from '../../src/tensor/random.ts'
import {layout} from '../../src/train/layout.ts'
import {programs} from '../../src/train/programs.ts'
import {learningRate} from '../../src/train/schedule.ts'
import {trainingPrograms} from '../../src/train/step.ts'
import {type TrainSettings, train} from '../../src/train/train.ts'
import {checkTensors} from '../../src/weights/checkpoint.ts'
import {modulePath} from '../../src/weights/names.ts'
import {comparison, type Measure, worst, worstEntry} from './measure.ts'
import {openCase} from './open-case.ts'
import {readTensors} from './tensors.ts'
import {caseName, readBatches, readExamples, readInitial} from './training-inputs.ts'
import {openAdapter, type Words} from './words.ts'

export interface TrainingCase {
  readonly task: string
  readonly adapter: Words
  readonly targets?: readonly string[]
  /** Completely trained modules, by the ends of their paths. */
  readonly heads?: readonly string[]
  readonly train: Omit<TrainSettings, 'total' | 'groupLr'> & {
    readonly headLr?: number
    /** Micro-batches per step, if batches.safetensors contains the micro-batches of all steps. */
    readonly microBatches?: number
    /** Settings of a case whose examples.safetensors contains the examples of an epoch, in order. */
    readonly epochs?: OrderSettings
  }
  readonly steps: number
  readonly tolerance?: Named<number>
}

interface Expected {
  readonly losses: readonly number[]
  readonly lrs: readonly number[]
  readonly headLrs?: readonly number[]
  readonly gradNorms: readonly number[]
}

/**
 * Compares a complete training from given initial values: losses, learning rates, gradient norms and final parameters.
 */
export async function check(folder: string, golden: TrainingCase, engine: Engine): Promise<Measure[]> {
  const {headLr, microBatches = 1, epochs, clip, ...settings} = golden.train
  const {checkpoint, model} = await openCase(folder, golden)
  const planned = planOf(golden, model)
  const tensors = checkTensors(checkpoint, model, {heads: headsOf(golden, model.shapes)})
  const slots = layout(planned.trainable, name => (isHead(name, golden.heads) ? 'head' : undefined))

  const {weights, trainable} = await readInitial(folder, {plan: planned, shapes: model.shapes, tensors})
  const compiled = programs(trainingPrograms(engine, {model, plan: planned, layout: slots, weights}), {
    count: Infinity,
  })
  const data = await (epochs
    ? readExamples(folder, {...epochs, model})
    : readBatches(folder, {steps: golden.steps, microBatches}))
  const total = data.steps
  const lrs: number[] = []
  const {state} = await train({
    programFor: compiled.programFor,
    layout: slots,
    theta: slots.pack(mapValues(trainable, ({data}) => data as Float32Array)),
    data,
    settings: {
      ...settings,
      total,
      ...(clip ? {clip} : {}),
      ...(headLr === undefined ? {} : {groupLr: {head: headLr}}),
    },
    random: random(0),
    onStep: ({lr}) => lrs.push(lr),
  }).finally(compiled.dispose)

  const {judge, outputError, bfloat16} = comparison(engine, golden.tolerance)
  const expected: Expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'))
  const headLrs = lrs.map((_, step) => learningRate(step, {...settings, lr: headLr ?? 0, total}))
  const ours = Object.fromEntries(
    Object.entries(slots.unpack(state.theta)).map(([name, data]) => [caseName(name), data]),
  )
  const theirs = Object.entries(await readTensors(join(folder, 'expected.safetensors'))).filter(
    // a scalar that training moves through 0, as a gate, has no relative precision there
    ([, {data}]) => !bfloat16 || data.length > 1,
  )
  return [
    judge('losses', worstEntry(state.losses, expected.losses)),
    judge('gradNorms', worstEntry(state.gradNorms, expected.gradNorms)),
    judge('lrs', worstEntry(lrs, expected.lrs)),
    ...(expected.headLrs ? [judge('headLrs', worstEntry(headLrs, expected.headLrs), 'lrs')] : []),
    judge('trainables', worst(theirs.map(([name, {data}]) => ({error: outputError(ours[name], data), at: name})))),
  ]
}

/**
 * Plans the modules to train: all with method `full`, the heads with `head`, and otherwise the heads and the targets'
 * adapters.
 */
function planOf({adapter, targets = [], heads = []}: TrainingCase, model: Model): AdapterPlan {
  const {shapes} = model
  if (adapter.method === 'full') return plan(model, {whole: Object.keys(shapes)})
  const whole = headsOf({heads}, shapes)
  return plan(model, adapter.method === 'head' ? {whole} : {adapter: openAdapter(adapter), targets, whole})
}

/** Tensors whose initial values may come from adapter.safetensors instead of the checkpoint. */
const headsOf = ({heads}: Pick<TrainingCase, 'heads'>, shapes: Named<Shape>) =>
  Object.keys(shapes).filter(name => isHead(name, heads))

/** Whether a tensor belongs to a module whose path ends in one of these. */
const isHead = (name: string, heads: readonly string[] = []) => isTarget(modulePath(name), heads)
