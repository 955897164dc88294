import {expect, test} from 'vitest'
import {normals} from '../../../test/models/adapters.ts'
import {JS, ONNX, run} from '../../../test/models/engines.ts'
import {random} from '../../tensor/random.ts'
import type {Tensor2D} from '../../tensor/tf.ts'
import {type Grid, interpolateGrid} from './interpolate-grid.ts'

// torch.nn.functional.interpolate(x, size=…, mode='bicubic', align_corners=False) of torch 2.15.0
const X = {shape: [9, 1], data: Float32Array.of(0, 1, 4, 2, 7, 1, 3, 3, 9)}
const REFERENCE: readonly [Grid, readonly number[]][] = [
  [
    [2, 4],
    [0.26852608, 1.6905136, 2.9229908, 3.077755, 2.752346, 3.3325748, 5.3254776, 7.2948399],
  ],
  [
    [5, 1],
    [0.42400038, 3.6160007, 7, 4.9839993, 2.6160007],
  ],
  [[3, 3], [...X.data]],
]

test.each(REFERENCE)('a grid of 3 × 3 is interpolated to %j as by PyTorch', async (to, expected) => {
  for (const engine of [JS, ONNX]) {
    const {y} = await run(engine, ({x}) => ({y: interpolateGrid(x as Tensor2D, [3, 3], to)}), {x: X})
    expect(y).toHaveLength(expected.length)
    for (const [i, value] of expected.entries()) expect(y[i]).toBeCloseTo(value, 5)
  }
})

test('each column of the vectors is interpolated by itself', async () => {
  const x = normals([12, 5], random(1, 'x'))
  const interpolate = ({x}: Record<string, unknown>) => ({y: interpolateGrid(x as Tensor2D, [4, 3], [3, 7])})
  const {y} = await run(JS, interpolate, {x})
  for (let column = 0; column < 5; column++) {
    const take = (data: ArrayLike<number>) => Float32Array.from(data).filter((_, i) => i % 5 === column)
    const {y: alone} = await run(JS, interpolate, {x: {shape: [12, 1], data: take(x.data)}})
    expect([...take(y as Float32Array)]).toEqual([...alone])
  }
})
