import {expect, test} from 'vitest'
import {normals, relativeError} from '../../../test/models/adapters.ts'
import {type Feeds, JS, ONNX, run} from '../../../test/models/engines.ts'
import {random} from '../../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import {type Parameters, scope} from './scope.ts'

type Inputs = Readonly<Record<string, Tensor>>

const any = (name: string, ...shape: number[]) => normals(shape, random(1, name))

/** Runs `use` on tensors by name, on the reference engine. */
const on = (feeds: Feeds, use: (tensors: Inputs) => Inputs) => run(JS, use, feeds)

test('a scope names a path in the checkpoint, one part at a time', () => {
  const layer = scope({tensors: {}, trainable: []}).at('model').at('layers').at(3)
  expect(() => layer.at('self_attn').at('q_proj').matrix('weight')).toThrow(
    'the model has no tensor named model.layers.3.self_attn.q_proj.weight',
  )
})

test('tensors are found by their names in the checkpoint', async () => {
  const feeds = {'model.norm.weight': any('g', 3), 'lm_head.weight': any('W', 2, 3), bias: any('b', 2)}
  const {gain, head, bias} = await on(feeds, tensors => {
    const root = scope({tensors, trainable: []})
    return {
      gain: root.at('model').at('norm').vector('weight'),
      head: root.at('lm_head').matrix('weight'),
      bias: root.vector('bias'),
    }
  })
  expect([gain, head, bias]).toEqual(Object.values(feeds).map(({data}) => data))
})

test('a tensor that is not there, or of another rank, is an error with its whole name', async () => {
  await on({'model.norm.weight': any('g', 3), 'model.W': any('W', 2, 3)}, tensors => {
    const model = scope({tensors, trainable: []}).at('model')
    expect(() => model.at('norm').vector('gain')).toThrow('the model has no tensor named model.norm.gain')
    expect(() => model.at('q_proj').project()).toThrow('the model has no tensor named model.q_proj.weight')
    expect(() => model.at('norm').matrix('weight')).toThrow('model.norm.weight has shape [3], not rank 2')
    expect(() => model.vector('W')).toThrow('model.W has shape [2,3], not rank 1')
    return {}
  })
})

test('frozen are the tensors of the checkpoint that receive no gradient, and none that is computed from one', async () => {
  await on({'norm.weight': any('g', 3), 'lm_head.weight': any('W', 2, 3)}, tensors => {
    const root = scope({tensors, trainable: ['norm.weight']})
    const head = root.at('lm_head').matrix('weight')
    expect([head, root.at('norm').vector('weight'), tf.neg(head)].map(root.isFrozen)).toEqual([true, false, false])
    expect(scope({tensors, trainable: Object.keys(tensors)}).isFrozen(head)).toBe(false)
    return {}
  })
})

test('a projection is x Wᵀ, or that of the adapter at its path', async () => {
  const feeds = {x: any('x', 4, 3), 'q.weight': any('q', 2, 3), 'k.weight': any('k', 2, 3)}
  const result = await on(feeds, ({x, ...tensors}) => {
    const seen: string[] = []
    const adapted: Parameters['adapted'] = (path, given) => {
      seen.push(path)
      if (path !== 'q') return undefined
      return {
        project: x => tf.mul(tf.matMul(x, given['q.weight'] as Tensor2D, false, true), 2),
        bias: b => tf.mul(b, 2),
      }
    }
    const root = scope({tensors, trainable: [], adapted})
    const [q, k] = ['q', 'k'].map(name => root.at(name).project()(x as Tensor2D))
    expect(seen).toEqual(['q', 'k'])
    const plain = scope({tensors, trainable: []}).at('q').project()(x as Tensor2D)
    return {q, k, double: tf.mul(plain, 2), kWeight: tf.matMul(x, tensors['k.weight'], false, true)}
  })
  expect(result.q).toEqual(result.double)
  expect(result.k).toEqual(result.kWeight)
})

test('a bias is the checkpoint’s, or as the adapter at its path changes it', async () => {
  const feeds = {'q.bias': any('q', 2), 'k.bias': any('k', 2)}
  const result = await on(feeds, tensors => {
    const adapted: Parameters['adapted'] = path =>
      path === 'q' ? {project: x => x, bias: b => tf.mul(b, 2)} : undefined
    const root = scope({tensors, trainable: [], adapted})
    const [q, k] = ['q', 'k'].map(name => root.at(name).bias() as Tensor)
    expect(root.at('v').bias()).toBeUndefined()
    return {q, k, double: tf.mul(tensors['q.bias'], 2)}
  })
  expect(result.q).toEqual(result.double)
  expect(result.k).toEqual(feeds['k.bias'].data)
})

/** Two layers whose names begin alike; each adapted by a trainable of its own, and sharing one constant. */
const layered = (recompute: boolean) => (inputs: Inputs) => {
  const {x, shift, ...tensors} = inputs
  const trainable = Object.keys(tensors).filter(name => name.endsWith('scale'))
  const f = (x: Tensor, ...values: Tensor[]) => {
    const given = {...tensors, ...Object.fromEntries(trainable.map((name, i) => [name, values[i]]))}
    const adapted: Parameters['adapted'] = (path, tensors) => ({
      project: x => tf.mul(tf.matMul(x, tensors[`${path}.weight`] as Tensor2D, false, true), tensors[`${path}.scale`]),
      bias: b => b,
    })
    const layers = scope({tensors: given, trainable, adapted, recompute}).at('layers')
    return [1, 10].reduce(
      (x, i) =>
        layers.at(i).block(layer => {
          const project = layer.at('proj').project()
          return (x, shift) => tf.add(x, tf.tanh(tf.add(project(x as Tensor2D), shift)))
        })(x, shift),
      x,
    )
  }
  const {value, grads} = tf.valueAndGrads(f)([x, ...trainable.map(name => tensors[name])], tf.fill(x.shape, 1))
  return {y: value, dx: grads[0], ...Object.fromEntries(trainable.map((name, i) => [name, grads[i + 1]]))}
}

for (const engine of [JS, ONNX]) {
  test(`a block computed again is the same block, and trains its own parameters, on the ${engine.name} engine`, async () => {
    const feeds = Object.fromEntries([
      ['x', any('x', 4, 3)],
      ['shift', any('shift', 3)],
      ...[1, 10].flatMap(i => [
        [`layers.${i}.proj.weight`, any(`${i}`, 3, 3)],
        [`layers.${i}.proj.scale`, any(`s${i}`, 3)],
      ]),
    ])
    const [stored, again] = [await run(engine, layered(false), feeds), await run(engine, layered(true), feeds)]
    expect(Object.keys(stored)).toEqual(['y', 'dx', 'layers.1.proj.scale', 'layers.10.proj.scale'])
    for (const name of Object.keys(stored)) {
      expect(Math.max(...again[name].map(Math.abs)), name).toBeGreaterThan(0.01)
      expect(relativeError(again[name], stored[name]), name).toBeLessThan(1e-6)
    }
  })
}
