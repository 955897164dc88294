import {expect, test} from 'vitest'
import {normals} from '../../test/models/adapters.ts'
import {ONNX, run, traced} from '../../test/models/engines.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import {batched} from './batched.ts'

/** Tensors a and b of three modules. The rows of a have 3 entries, those of the second module 2; each module has another number of rows. */
const SHAPES = {a0: [2, 3], b0: [2, 1], a1: [1, 2], b1: [1, 1], a2: [4, 3], b2: [4, 1]}

const products = (tensors: Readonly<Record<string, Tensor>>) => {
  const modules = [0, 1, 2].map(i => ({a: tensors[`a${i}`], b: tensors[`b${i}`]}))
  return batched(modules, ({a, b}) => tf.mul(a, b))
}

test('each module gets what comes of its own rows', async () => {
  const feeds = Object.fromEntries(Object.entries(SHAPES).map(([name, shape], i) => [name, normals(shape, random(i))]))
  const results = await run(ONNX, tensors => Object.fromEntries(products(tensors).map((y, i) => [`y${i}`, y])), feeds)
  for (const i of [0, 1, 2]) {
    const {data: a, shape} = feeds[`a${i}`]
    const {data: b} = feeds[`b${i}`]
    expect(results[`y${i}`]).toEqual(a.map((value, at) => value * b[Math.floor(at / shape[1])]))
  }
})

test('modules whose rows have the same shapes are one batch', () => {
  const {nodes} = traced(tensors => ({y: tf.concat(products(tensors).map(y => tf.reshape(y, [-1])))}), SHAPES)
  const shapes = nodes.filter(({op}) => op === 'Mul').map(({outputs: [{shape}]}) => shape)
  expect(shapes).toEqual([
    [6, 3],
    [1, 2],
  ])
})
