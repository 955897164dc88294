import {existsSync} from 'node:fs'
import {join} from 'node:path'
import type {PretrainedWeight} from '../../src/adapters/adapter.ts'
import {mergeModules} from '../../src/adapters/merge.ts'
import {type AdapterPlan, fullNames, plan} from '../../src/adapters/plan.ts'
import {mapValues, withPrefix} from '../../src/base/collections.ts'
import {type Engine, type Named, type Shape, type Stored, size} from '../../src/engine/program.ts'
import {openSvd} from '../../src/linalg/svd.ts'
import {random} from '../../src/tensor/random.ts'
import {readTensor} from '../../src/weights/safetensors.ts'
import {type Comparison, comparison, differences, type Measure} from './measure.ts'
import {type Numbers, readTensors} from './tensors.ts'
import {openAdapter, type Words} from './words.ts'

export interface InitCase {
  readonly adapter: Words
  readonly weightShape: readonly [out: number, into: number]
  readonly trainable: Named<Shape>
  readonly frozen: Named<Shape>
  readonly trainableCount: number
  readonly tolerance?: Named<number>
}

/**
 * Checks a new adapter on a layer with a bias: names, shapes and counts of its tensors and, if the case has a weight, their
 * initial values and the weight that they represent.
 */
export async function check(folder: string, golden: InitCase, engine: Engine): Promise<Measure[]> {
  const {adapter: words, weightShape, tolerance} = golden
  const adapter = openAdapter(words)
  const layer = {'layer.weight': weightShape, 'layer.bias': weightShape.slice(0, 1)}
  const planned = plan({shapes: layer}, {adapter, targets: ['layer']})
  const [module] = planned.modules
  const biases = Object.fromEntries(planned.whole.map(name => [name.slice('layer.'.length), layer['layer.bias']]))
  const named = <T>(group: 'trainable' | 'frozen', own: Named<T>) =>
    withPrefix(fullNames(module, group, own), `layer.${group}.`)
  const declared = {
    trainable: {...mapValues(named('trainable', module.trainable), ({shape}) => shape), ...biases},
    frozen: {
      ...mapValues(named('frozen', module.frozen), ({shape}) => shape),
      ...withPrefix(planned.shared, 'shared.'),
    },
  }

  const values = await valuesOf(folder)
  const weight = values?.weight.data ?? drawWeight(weightShape)
  const made = await module.adapter.init(originOf(weight as Float32Array, weightShape), random(0, 'init'))
  const initial = {
    trainable: named('trainable', made.trainable),
    frozen: {...named('frozen', made.frozen), ...adapter.shared?.init([weightShape])},
  }
  const lengths = {...mapValues(initial.trainable, ({length}) => [length]), ...biases}
  const frozen = mapValues(initial.frozen, ({shape}) => shape)
  const {judge, outputError} = comparison(engine, tolerance)
  return [
    judge('trainable', differences(differing(declared.trainable, golden.trainable))),
    judge('frozen', differences([...differing(declared.frozen, golden.frozen), ...differing(frozen, golden.frozen)])),
    judge(
      'numbers',
      differences(
        differing(
          lengths,
          mapValues(golden.trainable, shape => [size(shape)]),
        ),
      ),
    ),
    judge('count', {
      error: Math.abs(planned.count - golden.trainableCount),
      at: `${planned.count}, should be ${golden.trainableCount}`,
    }),
    ...(values ? await judgeValues(values, {initial, planned, engine, judge, outputError}) : []),
  ]
}

interface InitialValues extends Pick<Comparison, 'judge' | 'outputError'> {
  readonly initial: {readonly trainable: Named<Float32Array>; readonly frozen: Named<Stored>}
  readonly planned: AdapterPlan
  readonly engine: Engine
}

/** Compares initial values, and the weight that they represent, with those of a case. */
async function judgeValues(
  {weight, merged, ...given}: Named<Numbers>,
  {initial: {trainable, frozen}, planned, engine, judge, outputError}: InitialValues,
): Promise<Measure[]> {
  const tensors: Record<string, Numbers> = {'layer.weight': weight}
  for (const [name, stored] of Object.entries(frozen)) {
    tensors[`layer.frozen.${name}`] = {shape: stored.shape, data: await readTensor(stored)}
  }
  for (const [name, data] of Object.entries(trainable)) {
    const full = `layer.trainable.${name}`
    tensors[full] = {shape: planned.trainable[full], data}
  }
  const [{adapter}] = planned.modules
  tensors['layer.bias'] = {shape: weight.shape.slice(0, 1), data: new Float32Array(weight.shape[0])}
  const measures = Object.entries(given).map(([name, {data}]) =>
    judge(name, outputError(tensors[`layer.${name}`]?.data, data), 'merged'),
  )
  if (!merged || adapter.shared) return measures
  const [found] = mergeModules({engine, plan: planned, read: async name => tensors[name]})
  return [...measures, judge('merged', outputError(await found.data(), merged.data))]
}

/** Reads the tensors of a case with given values. */
async function valuesOf(folder: string): Promise<Record<string, Numbers> | undefined> {
  const file = join(folder, 'tensors.safetensors')
  return existsSync(file) ? readTensors(file) : undefined
}

function drawWeight(shape: Shape): Float32Array {
  const source = random(0, 'weight')
  return Float32Array.from({length: size(shape)}, () => source.normal())
}

/** A weight to adapt, whose factors are computed if a method needs them. */
const originOf = (weight: Float32Array, shape: readonly [out: number, into: number]): PretrainedWeight => ({
  shape,
  weight: async () => weight,
  async factors() {
    const svd = openSvd({threads: 1})
    const {u, s, v} = await svd.svd(weight, shape, {name: 'weight'}).finally(svd.dispose)
    const [out, into] = shape
    const n = s.length
    return {
      u: {dtype: 'float32', shape: [out, n], at: {data: u}},
      sigma: {dtype: 'float32', shape: [n], at: {data: s}},
      v: {dtype: 'float32', shape: [n, into], at: {data: v}},
    }
  },
})

function differing(ours: Named<Shape>, theirs: Named<Shape>): string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
  const shown = (shape: Shape | undefined) => (shape ? `(${shape.join(', ')})` : 'absent')
  return names
    .filter(name => shown(ours[name]) !== shown(theirs[name]))
    .map(name => `${name} is ${shown(ours[name])}, should be ${shown(theirs[name])}`)
}
