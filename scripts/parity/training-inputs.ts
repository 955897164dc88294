import {existsSync} from 'node:fs'
import {join} from 'node:path'
import type {AdapterPlan} from '../../src/adapters/plan.ts'
import {mapValues} from '../../src/base/collections.ts'
import {Fault} from '../../src/base/fault.ts'
import type {Named, Shape, Stored} from '../../src/engine/program.ts'
import type {Model} from '../../src/models/model.ts'
import {type OrderSettings, trainingOrder} from '../../src/recipes/training/train-order.ts'
import {type Random, random} from '../../src/tensor/random.ts'
import {type MicroBatch, type TrainData, tokenData} from '../../src/train/batch.ts'
import {readSafetensors} from '../../src/weights/safetensors.ts'
import {inMemory, type Numbers, readAll, readTensors} from './tensors.ts'

/** Returns a case's name of a trainable tensor: a completely trained one is `<path>.trainable.<weight | bias | …>`. */
export const caseName = (name: string) =>
  name.includes('.trainable.') ? name : name.replace(/\.([^.]+)$/, '.trainable.$1')

export interface InitialOptions {
  readonly plan: AdapterPlan
  readonly shapes: Named<Shape>
  /** The checkpoint's tensors, by the model's names. */
  readonly tensors: Named<Stored>
}

/**
 * Returns a program's weights and the initial trainable parameters, from adapter.safetensors or else the checkpoint.
 */
export async function readInitial(folder: string, {plan, shapes, tensors}: InitialOptions) {
  const file = join(folder, 'adapter.safetensors')
  const given = existsSync(file) ? await readSafetensors(file) : {}
  const find = (name: string): Stored => {
    const found = given[name] ?? tensors[name]
    if (found === undefined) throw new Fault('input', `${file}: lacks a tensor: ${name}`)
    return found
  }

  // a case has what modules share at each of them
  const shared = mapValues(plan.shared, (_, name) => find(name.replace('shared', `${plan.modules[0].path}.frozen`)))
  const own = Object.keys(shapes).filter(name => !plan.whole.includes(name))
  return {
    weights: {
      ...Object.fromEntries(own.map(name => [name, tensors[name]])),
      ...inMemory(await readAll({...mapValues(plan.frozen, (_, name) => find(name)), ...shared})),
    },
    trainable: await readAll(mapValues(plan.trainable, (_, name) => given[caseName(name)] ?? find(name))),
  }
}

/** Reads the micro-batches of batches.safetensors in order, `microBatches` per step. */
export async function readBatches(
  folder: string,
  {steps, microBatches}: {readonly steps: number; readonly microBatches: number},
): Promise<TrainData> {
  const all = await readTensors(join(folder, 'batches.safetensors'))
  const batch = (i: number): MicroBatch => {
    const at = `.${i}`
    const its = Object.entries(all).filter(([name]) => name.endsWith(at))
    const given: Named<Numbers> = Object.fromEntries(its.map(([name, value]) => [name.slice(0, -at.length), value]))
    const {input_ids: ids, pixel_values: pixels} = given
    if (!ids && !pixels)
      throw new Fault('input', `${folder}/batches.safetensors: lacks input_ids.${i} or pixel_values.${i}`)
    const [rows, length] = ids ? ids.shape : [pixels.shape[0], 1] // images have one size
    return {feeds: mapValues(given, ({data}) => data), rows, length, examples: [i], weight: 1, tokens: rows * length}
  }
  return {steps, microBatches: step => Array.from({length: microBatches}, (_, i) => batch(step * microBatches + i))}
}

/** Builds the micro-batches of a run over examples.safetensors, in the same order in every epoch. */
export async function readExamples(
  folder: string,
  {model, ...epochs}: OrderSettings & {readonly model: Model},
): Promise<TrainData> {
  const file = join(folder, 'examples.safetensors')
  const all = await readTensors(file)
  const count = Object.keys(all).length / 2
  const examples = Array.from({length: count}, (_, i) => {
    const [ids, labels] = [all[`input_ids.${i}`], all[`labels.${i}`]]
    if (!ids || !labels) throw new Fault('input', `${file}: lacks input_ids.${i} or labels.${i}`)
    return {ids: ids.data, labels: labels.data}
  })
  const order = trainingOrder(epochs, {examples: count, model, random: inOrder})
  return tokenData(examples, order, {rows: epochs.microBatch, weighting: epochs.weighting})
}

/** A random source that does not shuffle. */
const inOrder: Random = {
  ...random(0),
  fork: () => inOrder,
  permutation: count => Int32Array.from({length: count}, (_, i) => i),
}
