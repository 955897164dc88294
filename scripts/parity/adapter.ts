import {join} from 'node:path'
import {attached} from '../../src/adapters/attach.ts'
import {mergeModules} from '../../src/adapters/merge.ts'
import {type AdapterPlan, plan} from '../../src/adapters/plan.ts'
import {mapValues, withPrefix} from '../../src/base/collections.ts'
import {Fault} from '../../src/base/fault.ts'
import type {Data, Engine, Named, Step} from '../../src/engine/program.ts'
import {linear} from '../../src/models/layers/layers.ts'
import {scope} from '../../src/models/layers/scope.ts'
import {type Tensor, tf} from '../../src/tensor/tf.ts'
import {type Layout, layout} from '../../src/train/layout.ts'
import {unpackTensors} from '../../src/train/step.ts'
import {comparison, type Measure} from './measure.ts'
import {inMemory, type Numbers, once, readTensors} from './tensors.ts'
import {openAdapter, settingNames, type Words} from './words.ts'

export interface AdapterCase {
  readonly adapter: Words
  readonly tolerance?: Named<number>
}

/** Checks a method on a single linear layer, `layer`: its output, its gradients and its merged weight. */
export async function check(folder: string, {adapter, tolerance}: AdapterCase, engine: Engine): Promise<Measure[]> {
  const opened = openAdapter(adapter)
  const all = await readTensors(join(folder, 'tensors.safetensors'))
  checkThere(all, ['weight', 'x', 'dy', 'y', 'dx'])
  const {weight, bias, x, dy, ...golden} = all
  const shapes = {'layer.weight': weight.shape, ...(bias ? {'layer.bias': bias.shape} : {})}
  const planned = plan({shapes}, {adapter: opened, targets: ['layer']})
  const slots = layout(planned.trainable)
  checkThere(all, Object.keys({...planned.shared, ...planned.frozen, ...planned.trainable}).map(nameInCase))
  checkNumbers([slots.size], adapter)

  const kept: Record<string, Numbers> = {weight, ...(bias ? {bias} : {}), ...only(golden, 'frozen.')}
  const own = ownNames(planned)
  const frozen = mapKeys(kept, own)
  const trainable = mapKeys(only(golden, 'trainable.'), own)
  const theta = slots.pack(mapValues(trainable, ({data}) => data as Float32Array))
  const {y, dx, grad} = await once(engine, layerStep(planned, slots), {
    inputs: {x, dy, theta: {shape: [slots.size], data: theta}},
    weights: inMemory(frozen),
  })

  checkNumbers(y, adapter)
  const merged = await mergedBy(engine, planned, {...frozen, ...trainable})
  const {judge, outputError, gradientError} = comparison(engine, tolerance)
  const ours = slots.unpack(grad as Float32Array)
  return [
    judge('y', outputError(y, golden.y.data)),
    ...Object.entries(MERGED).flatMap(([name, full]) =>
      golden[name] ? [judge(name, outputError(merged[full], golden[name].data), 'merged')] : [],
    ),
    judge('dx', gradientError(dx, golden.dx.data), 'grads'),
    ...Object.entries(withPrefix(golden, 'grad.')).map(([name, {data}]) => {
      checkThere(all, [`trainable.${name}`])
      return judge(`grad.${name}`, gradientError(ours[own(`trainable.${name}`)], data), 'grads')
    }),
  ]
}

/** @throws Fault 'input' if a tensor of the case is missing */
function checkThere(all: Named<Numbers>, names: readonly string[]): void {
  const missing = names.find(name => !Object.hasOwn(all, name))
  if (missing === undefined) return
  throw new Fault('input', `tensors.safetensors: ${missing} is missing; found: ${Object.keys(all).sort().join(', ')}`)
}

/** @throws Fault 'input' for NaN, if the case lacks settings of the method */
function checkNumbers(values: ArrayLike<number>, adapter: Words): void {
  const lacking = settingNames(adapter).filter(name => !Object.hasOwn(adapter, name))
  if (lacking.length === 0 || !Array.from(values).some(Number.isNaN)) return
  throw new Fault(
    'input',
    `case.json: ${adapter.method} gives NaN; settings that the case lacks: ${lacking.join(', ')}`,
  )
}

/**
 * Computes, from x, dy and the flat trainable parameters, y with the bias and the gradients to x and to the parameters.
 */
function layerStep(planned: AdapterPlan, slots: Layout): Step {
  return ({x, dy, theta}, weights) => {
    const layer = (x: Tensor, theta: Tensor) => {
      const tensors = {...weights, ...unpackTensors(slots, theta)}
      const adapted = attached(planned)
      return linear(scope({tensors, trainable: slots.slots.map(({name}) => name), adapted}).at('layer'))(x)
    }
    const [dx, grad] = tf.grads(layer)([x, theta], dy)
    return {y: layer(x, theta), dx, grad}
  }
}

/** The names in a case of the merged layer's tensors. */
const MERGED = {merged: 'layer.weight', mergedBias: 'layer.bias'}

async function mergedBy(engine: Engine, plan: AdapterPlan, tensors: Named<Numbers>): Promise<Record<string, Data>> {
  const found: Record<string, Data> = {}
  const read = async (name: string) => tensors[name]
  for (const {name, data} of mergeModules({engine, plan, read})) found[name] = await data()
  return found
}

/** Returns the tensors of a group, with its prefix. */
const only = (all: Named<Numbers>, prefix: string) =>
  Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith(prefix)))

/** Maps our names to a case's. */
const nameInCase = (name: string): string =>
  name
    .replace(/^shared\./, 'frozen.')
    .replace(/^layer\.(?!frozen\.|trainable\.)/, 'trainable.')
    .replace(/^layer\./, '')

/** Maps a case's names to ours: shared tensors and biases have their own names. */
const ownNames =
  ({shared, whole}: AdapterPlan) =>
  (name: string) => {
    const last = name.slice(name.indexOf('.') + 1)
    if (`shared.${last}` in shared) return `shared.${last}`
    return whole.includes(`layer.${last}`) ? `layer.${last}` : `layer.${name}`
  }

const mapKeys = <T>(all: Named<T>, change: (name: string) => string): Record<string, T> =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [change(name), value]))
