import {expect, test} from 'vitest'
import {normals, relativeError, timesTransposed} from '../../../test/models/adapters.ts'
import {JS, run} from '../../../test/models/engines.ts'
import {HIDDEN} from '../../tensor/attention.ts'
import {random} from '../../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import {embed, linear, mergeHeads, paddingMask, rmsNorm, splitHeads} from './layers.ts'
import {scope} from './scope.ts'

const any = (name: string, ...shape: number[]) => normals(shape, random(1, name))
const counted = (...shape: number[]) => ({
  shape,
  data: Float32Array.from({length: shape.reduce((n, d) => n * d, 1)}, (_, i) => i),
})

test('a linear layer maps the last axis, and adds a bias where there is one', async () => {
  const [x, weight, bias] = [any('x', 2, 3, 4), any('W', 5, 4), any('b', 5)]
  const {with: biased, without} = await run(
    JS,
    ({x, weight, bias}) => {
      const layer = (tensors: Readonly<Record<string, Tensor>>) => linear(scope({tensors, trainable: []}))
      return {with: layer({weight, bias})(x), without: layer({weight})(x)}
    },
    {x, weight, bias},
  )
  const product = timesTransposed(x.data, weight.data, 4)
  expect(relativeError(without, product)).toBeLessThan(1e-6)
  expect(
    relativeError(
      biased,
      product.map((value, i) => value + bias.data[i % 5]),
    ),
  ).toBeLessThan(1e-6)
})

test('a norm takes its gain from its scope', async () => {
  const {y} = await run(
    JS,
    ({x, gain}) => ({y: rmsNorm(scope({tensors: {'norm.weight': gain}, trainable: []}, 'norm'), 0)(x)}),
    {x: {shape: [1, 2], data: Float32Array.of(3, 4)}, gain: {shape: [2], data: Float32Array.of(1, 10)}},
  )
  expect(relativeError(y, [3 / Math.sqrt(12.5), 40 / Math.sqrt(12.5)])).toBeLessThan(1e-6)
})

test('heads are split from the last axis, and merged back', async () => {
  const x = counted(2, 3, 4)
  const {split, merged} = await run(
    JS,
    ({x}) => {
      const split = splitHeads(x, 2)
      expect(split.shape).toEqual([2, 2, 3, 2])
      return {split, merged: mergeHeads(split)}
    },
    {x},
  )
  expect([...split.slice(0, 12)]).toEqual([0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11])
  expect(merged).toEqual(x.data)
})

test('padding is hidden, real tokens are not', async () => {
  const real = {shape: [2, 3], data: Float32Array.of(0, 1, 1, 1, 1, 1)}
  const {mask} = await run(
    JS,
    ({real}) => {
      const mask = paddingMask(real as Tensor2D)
      expect(mask.shape).toEqual([2, 1, 1, 3])
      return {mask: tf.add(mask, 0)}
    },
    {real},
  )
  expect(mask).toEqual(Float32Array.of(HIDDEN, 0, 0, 0, 0, 0))
})

test('a token is embedded as its row', async () => {
  const ids = {shape: [2, 2], data: Int32Array.of(3, 0, 0, 1)}
  const {x} = await run(JS, ({E, ids}) => ({x: embed(E as Tensor2D, ids as Tensor2D)}), {E: counted(4, 2), ids})
  expect([...x]).toEqual([6, 7, 0, 1, 0, 1, 2, 3])
})
