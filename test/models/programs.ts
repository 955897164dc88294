// What the tests of several engines ask of a program: how it reads its weights, and what it returns.
import {writeFileSync} from 'node:fs'
import {expect} from 'vitest'
import {viewBytes} from '../../src/base/collections.ts'
import type {Data, Engine, Step} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {tf} from '../../src/tensor/tf.ts'
import {normals} from './adapters.ts'

/** x (N, in) → y = x Wᵀ (N, out). */
export const product: Step = ({x}, {W}) => ({y: tf.matMul(x, W, false, true)})

/** Reads a weight W (out, in) in all ways that models do: whole, by rows, in part, and as an operand. */
export const readWeight: Step = ({ids}, {W}) => ({
  rows: tf.gather(W, ids),
  whole: W,
  wide: tf.cast(W, 'float32'),
  scaled: tf.mul(W, 2),
  repeated: tf.add(W, tf.zeros([2, ...W.shape])),
  part: tf.slice(W, [1, 0], [3, W.shape[1] as number]),
  mean: tf.mean(W, 0),
})

/** Writes data to a file, behind `offset` other bytes and before three; returns where they are. */
export function writeBehind(file: string, data: Data, offset = 0) {
  const bytes = viewBytes(data)
  writeFileSync(file, Buffer.concat([Buffer.alloc(offset, 0xa5), bytes, Buffer.alloc(3, 0xa5)]))
  return {file, offset, bytes: bytes.length}
}

/** Expects results of the types of a step's outputs, which neither a later run nor the end of the program changes. */
export async function expectFreshResults(engine: Engine): Promise<void> {
  const x = normals([4, 6], random(1))
  const step: Step = ({x}) => ({
    float: tf.neg(x),
    int: tf.cast(x, 'int32'),
    bool: tf.greater(x, 0),
    scalar: tf.sum(tf.abs(x)),
    constant: tf.fill([2], 3),
  })
  const program = await engine.compile(step, {inputs: {x: {dtype: 'float32', shape: x.shape}}, weights: {}})
  const [first, second] = [await program.run({x: x.data}), await program.run({x: x.data})]
  const copy = structuredClone(first)
  expect(second).toEqual(first)
  for (const name of Object.keys(first)) expect(second[name].buffer, name).not.toBe(first[name].buffer)
  await program.run({x: x.data.map(value => -3 * value)})
  expect(first).toEqual(copy)
  await program.dispose()
  expect(first).toEqual(copy)
  expect(first.float).toBeInstanceOf(Float32Array)
  expect(first.int).toBeInstanceOf(Int32Array)
  expect(first.bool).toBeInstanceOf(Uint8Array)
  expect(first.scalar).toHaveLength(1)
  expect(first.constant).toEqual(Float32Array.of(3, 3))
}
