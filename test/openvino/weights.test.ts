// Where a program's weights are, and how it reads them.
import {mkdirSync, readFileSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {toBfloat16, toFloat16} from '../../src/base/half.ts'
import type {Data, Step, Stored} from '../../src/engine/program.ts'
import {random} from '../../src/tensor/random.ts'
import {tf} from '../../src/tensor/tf.ts'
import {readSafetensors, writeSafetensors} from '../../src/weights/safetensors.ts'
import {normals, stored, timesTransposed} from '../models/adapters.ts'
import {JS, run} from '../models/engines.ts'
import {product, readWeight, writeBehind} from '../models/programs.ts'
import {openFolder} from '../support/cleanup.ts'
import {OPENVINO, relativeL2} from './engine.ts'

const x = normals([9, 40], random(1))
const W = normals([24, 40], random(2))
const expected = timesTransposed(x.data, W.data, 40)

let folder = ''
beforeAll(() => {
  folder = openFolder()
})

/** Writes data to a file of this name. */
const inFile = (name: string, data: Data, offset = 0) => writeBehind(join(folder, name), data, offset)

test.each([0, 4, 64, 75, 4096, 70_001])('a weight is read %i bytes behind the beginning of its file', async offset => {
  for (const [dtype, data] of [
    ['float32', W.data],
    ['bfloat16', toBfloat16(W.data)],
    ['float16', toFloat16(W.data)],
  ] as const) {
    const weight: Stored = {dtype, shape: W.shape, at: inFile(`${dtype}-${offset}`, data, offset)}
    expect(relativeL2((await run(OPENVINO, product, {x}, {W: weight})).y, expected), dtype).toBeLessThan(1e-2)
  }
})

test('weights in memory are read, of any size, and parts of larger arrays', async () => {
  expect(relativeL2((await run(OPENVINO, product, {x}, {W: stored(W)})).y, expected)).toBeLessThan(1e-2)

  const all = Float32Array.from([1, 2, 3, ...W.data, 4])
  const part = stored({shape: W.shape, data: all.subarray(3, -1)})
  expect(relativeL2((await run(OPENVINO, product, {x}, {W: part})).y, expected)).toBeLessThan(1e-2)

  const large = normals([8192, 40], random(3)) // more than 1 MB
  const {y} = await run(OPENVINO, product, {x}, {W: stored(large)})
  expect(relativeL2(y, timesTransposed(x.data, large.data, 40))).toBeLessThan(1e-2)
})

test('integers are read exactly, from memory and from files', async () => {
  const data = Int32Array.of(2 ** 30 + 1, -7, 0, 3)
  const step: Step = ({ids}, {table}) => ({y: tf.gather(table, ids)})
  for (const at of [{data}, inFile('integers', data, 5)]) {
    const weights = {table: {dtype: 'int32', shape: [4], at}} as const
    const {y} = await run(OPENVINO, step, {ids: {shape: [3], data: Int32Array.of(3, 0, 1)}}, weights)
    expect(y).toEqual(Int32Array.of(3, 2 ** 30 + 1, -7))
  }
})

test('a 16-bit weight is gathered from, summed, scaled, sliced and returned as float32', async () => {
  const feeds = {ids: {shape: [3], data: Int32Array.of(4, 0, 4)}}
  for (const [dtype, data] of [
    ['bfloat16', toBfloat16(W.data)],
    ['float16', toFloat16(W.data)],
  ] as const) {
    const weights = {W: {dtype, shape: W.shape, at: inFile(`${dtype}-read`, data, 1)}}
    const [found, expected] = [
      await run(OPENVINO, readWeight, feeds, weights),
      await run(JS, readWeight, feeds, weights),
    ]
    for (const name of Object.keys(expected))
      expect(relativeL2(found[name], expected[name]), `${name}, ${dtype}`).toBeLessThan(1e-2)
    if (dtype === 'bfloat16') expect(found.whole).toEqual(expected.whole)
  }
})

test('weights of two shards and an adapter’s file, outside of any folder of a model and behind links, are read', async () => {
  const blobs = join(folder, 'blobs')
  const snapshot = join(folder, 'snapshot')
  for (const made of [blobs, snapshot]) mkdirSync(made)
  const tensors = {a: W, b: normals([24, 40], random(4)), c: normals([24, 40], random(5))}
  for (const [shard, names] of Object.entries({one: ['a', 'b'], two: ['c']} as const)) {
    const own = names.map(name => [name, {dtype: 'float32', ...tensors[name as 'a']}] as const)
    await writeSafetensors(join(blobs, shard), Object.fromEntries(own))
    symlinkSync(join('..', 'blobs', shard), join(snapshot, shard))
  }
  const weights = {...(await readSafetensors(join(snapshot, 'one'))), ...(await readSafetensors(join(snapshot, 'two')))}
  const step: Step = ({x}, weights) => ({
    y: Object.values(weights)
      .map(W => tf.matMul(x, W, false, true))
      .reduce((sum, y, i) => tf.add(sum, tf.mul(y, i + 1))),
  })
  const {y} = await run(OPENVINO, step, {x}, weights)
  const each = Object.values(tensors).map(({data}) => timesTransposed(x.data, data, 40))
  const sum = each[0].map((value, i) => value + 2 * each[1][i] + 3 * each[2][i])
  expect(relativeL2(y, sum)).toBeLessThan(1e-2)
})

test('weights are read and never written, however often the program runs', async () => {
  const at = inFile('frozen', W.data)
  const before = readFileSync(at.file)
  const program = await OPENVINO.compile(product, {
    inputs: {x: {dtype: 'float32', shape: [9, 40]}},
    weights: {W: {dtype: 'float32', shape: W.shape, at}},
  })
  const first = (await program.run({x: x.data})).y
  const other = (await program.run({x: x.data.map(value => 2 * value)})).y
  expect(other).not.toEqual(first)
  expect((await program.run({x: x.data})).y).toEqual(first)
  await program.dispose()
  expect(readFileSync(at.file)).toEqual(before)
})

test('many programs read one weight', async () => {
  const at = inFile('shared', W.data)
  const compile = () =>
    OPENVINO.compile(product, {
      inputs: {x: {dtype: 'float32', shape: [9, 40]}},
      weights: {W: {dtype: 'float32', shape: W.shape, at}},
    })
  const [one, two] = [await compile(), await compile()]
  const {y} = await one.run({x: x.data})
  await one.dispose()
  const again: Record<string, Data> = await two.run({x: x.data})
  expect(again.y).toEqual(y)
  await two.dispose()
})
