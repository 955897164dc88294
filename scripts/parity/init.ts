import type {PretrainedWeight} from '../../src/adapters/adapter.ts'
import {plan} from '../../src/adapters/plan.ts'
import {type Named, type Shape, size} from '../../src/engine/program.ts'
import {openSvd} from '../../src/linalg/svd.ts'
import {random} from '../../src/tensor/random.ts'
import {differences, judgeBy, type Measure} from './measure.ts'
import {mapValues, within} from './tensors.ts'
import {openAdapter, type Words} from './words.ts'

export interface InitCase {
  readonly adapter: Words
  readonly weightShape: readonly [out: number, into: number]
  readonly trainable: Named<Shape>
  readonly frozen: Named<Shape>
  readonly trainableCount: number
}

/** What a method says it makes for a layer with a bias, and what it makes: names, shapes, counts. */
export async function check(_: string, {adapter: words, weightShape, ...golden}: InitCase): Promise<Measure[]> {
  const adapter = openAdapter(words)
  const layer = {'layer.weight': weightShape, 'layer.bias': weightShape.slice(0, 1)}
  const {count, whole, ...planned} = plan(layer, {adapter, targets: ['layer']})
  const [module] = planned.modules
  const biases = Object.fromEntries(whole.map(name => [name.slice('layer.'.length), layer['layer.bias']]))
  const said = {
    trainable: {...module.trainable, ...biases},
    frozen: {...module.frozen, ...within(planned.shared, 'shared.')},
  }
  const made = await adapter.init(drawnOrigin(weightShape), random(0, 'init'))
  const numbers = {
    trainable: {...mapValues(made.trainable, data => [data.length]), ...biases},
    frozen: mapValues({...made.frozen, ...adapter.shared?.init([weightShape])}, ({shape}) => shape),
  }
  const judge = judgeBy()
  return [
    judge('trainable', differences(differing(said.trainable, golden.trainable))),
    judge(
      'frozen',
      differences([...differing(said.frozen, golden.frozen), ...differing(numbers.frozen, golden.frozen)]),
    ),
    judge(
      'numbers',
      differences(
        differing(
          numbers.trainable,
          mapValues(golden.trainable, shape => [size(shape)]),
        ),
      ),
    ),
    judge('count', {
      error: Math.abs(count - golden.trainableCount),
      at: `${count}, should be ${golden.trainableCount}`,
    }),
  ]
}

/** A weight drawn at random; its factors are computed where a method asks for them. */
function drawnOrigin(shape: readonly [out: number, into: number]): PretrainedWeight {
  const source = random(0, 'weight')
  const weight = Float32Array.from({length: size(shape)}, () => source.normal())
  const [out, into] = shape
  return {
    shape,
    weight: async () => weight,
    async factors() {
      const svd = await openSvd({threads: 1})
      const {u, s, v} = await svd.svd(weight, shape, {name: 'weight'}).finally(svd.dispose)
      const n = s.length
      return {
        u: {dtype: 'float32', shape: [out, n], at: {data: u}},
        s: {dtype: 'float32', shape: [n], at: {data: s}},
        v: {dtype: 'float32', shape: [n, into], at: {data: v}},
      }
    },
  }
}

function differing(ours: Named<Shape>, theirs: Named<Shape>): string[] {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
  const shown = (shape: Shape | undefined) => (shape ? `(${shape.join(', ')})` : 'absent')
  return names
    .filter(name => shown(ours[name]) !== shown(theirs[name]))
    .map(name => `${name} is ${shown(ours[name])}, should be ${shown(theirs[name])}`)
}
