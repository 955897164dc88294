import type {Adapter} from '../../src/adapters/adapter.ts'
import {type AdapterPlan, fullNames, plan} from '../../src/adapters/plan.ts'
import type {Data, Engine, Named, Stored} from '../../src/engine/program.ts'
import type {ModelConfig} from '../../src/models/config.ts'
import type {Model} from '../../src/models/model.ts'
import {openModel} from '../../src/models/open-model.ts'
import {random} from '../../src/tensor/random.ts'
import {type Layout, layout} from '../../src/train/layout.ts'
import {type TrainingStep, trainingPrograms} from '../../src/train/step.ts'
import {knownOrigin, type Numbers, stored} from '../models/adapters.ts'
import {ONNX} from '../models/engines.ts'
import {cosine, OPENVINO} from './engine.ts'

/** A model, what trains in it, and the values from which it starts. */
export interface Start {
  readonly training: TrainingStep
  readonly theta: Float32Array
}

/** A start at which every tensor trains. */
export function startWhole(model: Model, parameters: Named<Numbers>): Start {
  return startOf(model, plan(model, {whole: Object.keys(model.shapes)}), {parameters, frozen: {}})
}

/** A start at which adapters train, whose values are off their initial ones as after some steps. */
export async function startAdapters(
  config: ModelConfig,
  parameters: Named<Numbers>,
  {adapter, targets, whole}: {adapter: Adapter; targets: readonly string[]; whole?: readonly string[]},
): Promise<Start> {
  const model = openModel(config)
  const planned = plan(model, {adapter, targets, whole})
  const values: Record<string, Numbers> = {...parameters}
  const shared = adapter.shared?.init(planned.modules.map(({weight}) => weight)) ?? {}
  const frozen: Record<string, Stored> = Object.fromEntries(
    Object.entries(shared).map(([name, tensor]) => [`shared.${name}`, tensor]),
  )
  for (const module of planned.modules) {
    const {path, weight, adapter} = module
    const origin = knownOrigin(weight, random(1, path))
    values[`${path}.weight`] = {shape: weight, data: await origin.weight()}
    const own = await adapter.init(origin, random(2, path))
    Object.assign(frozen, fullNames(module, 'frozen', own.frozen))
    for (const [name, data] of Object.entries(fullNames(module, 'trainable', own.trainable))) {
      const draw = random(3, name)
      values[name] = {shape: planned.trainable[name], data: data.map(value => value + 0.1 * draw.normal())}
    }
  }
  return startOf(model, planned, {parameters: values, frozen})
}

function startOf(
  model: Model,
  planned: AdapterPlan,
  {parameters, frozen}: {readonly parameters: Named<Numbers>; readonly frozen: Named<Stored>},
): Start {
  const slots = layout(planned.trainable)
  const theta = slots.pack(Object.fromEntries(slots.slots.map(({name}) => [name, parameters[name].data])))
  const own = Object.keys(model.shapes).filter(name => !(name in planned.trainable))
  const weights = {...Object.fromEntries(own.map(name => [name, stored(parameters[name])])), ...frozen}
  return {training: {model, plan: planned, layout: slots, weights}, theta}
}

/** A micro-batch of two rows for any model: texts of 12 and 9 tokens, or images. */
function microBatch(model: Model): Named<Data> {
  const draw = random(4, 'batch')
  if (model.task === 'image-classification') {
    const [channels, height, width] = model.image
    const pixels = Float32Array.from({length: 2 * channels * height * width}, () => draw.normal())
    return {pixel_values: pixels, labels: Int32Array.of(1, 2)}
  }
  const vocabulary = model.task === 'causal-lm' ? model.cache.vocabulary : model.vocabulary
  const real = Int32Array.from({length: 2 * LENGTH}, (_, i) => Number(i < LENGTH + 9))
  const ids = real.map(real => real * draw.int(vocabulary))
  if (model.task === 'causal-lm') {
    return {input_ids: ids, labels: ids.map((id, i) => (real[i] && i % LENGTH >= 3 ? id : -100))}
  }
  return {input_ids: ids, attention_mask: real, labels: Int32Array.of(1, 2)}
}

const LENGTH = 12

export interface FirstStep {
  readonly loss: number
  readonly grad: Float32Array
}

/** Computes loss and gradient of a micro-batch, for each of several values of what trains. */
async function firstSteps(engine: Engine, training: TrainingStep, thetas: readonly Float32Array[], seed: number) {
  const program = await trainingPrograms(engine, training)(2, LENGTH)
  const steps: FirstStep[] = []
  try {
    for (const theta of thetas) {
      const {loss, grad} = await program.run({...microBatch(training.model), theta, seed: Int32Array.of(seed)})
      steps.push({loss: loss[0], grad: (grad as Float32Array).slice()}) // the next run overwrites it
    }
    return steps
  } finally {
    await program.dispose()
  }
}

/** How far a first step in bfloat16 is from the same step in float32. */
export interface StepDifference {
  /** Of the loss, relative. */
  readonly loss: number
  /** The cosine of the two gradients. */
  readonly cosine: number
  /** The smallest cosine of the two gradients of one tensor, and the tensor. */
  readonly worst: {readonly name: string; readonly cosine: number}
}

export async function compareFirstStep(start: Start, seed = 0): Promise<StepDifference> {
  const [difference] = await compareFirstSteps([start], seed)
  return difference
}

/** Compares the first steps of starts that differ in the values of what trains alone. */
export async function compareFirstSteps(starts: readonly Start[], seed = 0): Promise<StepDifference[]> {
  const [{training}] = starts
  const thetas = starts.map(({theta}) => theta)
  const theirs = await firstSteps(ONNX, training, thetas, seed)
  const ours = await firstSteps(OPENVINO, training, thetas, seed)
  return ours.map((step, i) => difference(step, theirs[i], training.layout))
}

function difference(ours: FirstStep, theirs: FirstStep, {slots}: Layout): StepDifference {
  const norm = (data: Float32Array) => Math.hypot(...data)
  const tensors = slots.map(({name, from, to}) => {
    const [a, b] = [ours.grad.subarray(from, to), theirs.grad.subarray(from, to)]
    return {name, cosine: cosine(a, b), size: norm(b)}
  })
  const largest = Math.max(...tensors.map(({size}) => size))
  const [worst] = tensors.filter(({size}) => size > TINY * largest).sort((a, b) => a.cosine - b.cosine)
  return {
    loss: Math.abs(ours.loss - theirs.loss) / Math.abs(theirs.loss),
    cosine: cosine(ours.grad, theirs.grad),
    worst,
  }
}

/** A gradient that is so much smaller than the largest one is rounding, such as that of a key's bias. */
const TINY = 1e-4
