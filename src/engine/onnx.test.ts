import {mkdir, rm, symlink} from 'node:fs/promises'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {type Numbers, normals, relativeError, stored, timesTransposed} from '../../test/models/adapters.ts'
import {JS, ONNX, run} from '../../test/models/engines.ts'
import {expectFreshResults, product, readWeight, writeBehind} from '../../test/models/programs.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {Fault} from '../base/fault.ts'
import {toBfloat16, toFloat16} from '../base/half.ts'
import {random} from '../tensor/random.ts'
import {type Tensor1D, tf} from '../tensor/tf.ts'
import {openOnnx} from './onnx.ts'
import type {Data, Step, Stored} from './program.ts'

const x = normals([4, 6], random(1))
const W = normals([5, 6], random(2))
/** Numbers that 16 bits hold exactly, in either format. */
const coarse: Numbers = {shape: W.shape, data: W.data.map(value => Math.round(value * 16) / 16)}

let folder = ''
beforeAll(async () => {
  folder = openFolder()
})

/** Writes data to a file of this name. */
const inFile = (name: string, data: Data, offset = 0) => writeBehind(join(folder, name), data, offset)

test('a weight is read from its file at any offset', async () => {
  const expected = timesTransposed(x.data, W.data, 6)
  for (const offset of [0, 8, 74, 75, 4096, 70_001]) {
    const at = inFile(`offset-${offset}`, W.data, offset)
    const {y} = await run(ONNX, product, {x}, {W: {dtype: 'float32', shape: [5, 6], at}})
    expect(relativeError(y, expected), `${offset}`).toBeLessThan(1e-6)
  }
})

test('large arrays in memory work beside weights in files, of floats, of halves and of indices, prepacked or not', async () => {
  const rows = 50_000 // 1.2 MB
  const large = normals([rows, 6], random(3))
  const halves = toFloat16(normals([100_000, 6], random(4)).data.map(value => Math.round(value * 16) / 16))
  const order = Int32Array.from({length: 300_000}, (_, i) => (i * 7) % rows)
  const weights: Record<string, Stored> = {
    W: {dtype: 'float32', shape: [5, 6], at: inFile('beside', W.data, 5)},
    large: stored(large),
    halves: {dtype: 'float16', shape: [100_000, 6], at: {data: halves}},
    order: {dtype: 'int32', shape: [order.length], at: {data: order}},
  }
  const step: Step = ({x}, {W, large, halves, order}) => {
    const [y, z, h] = [W, large, halves].map(weight => tf.matMul(x, weight, false, true))
    return {y, z, h, sum: tf.sum(tf.gather(tf.sum(large, 1), order as Tensor1D))}
  }
  const expected = await run(JS, step, {x}, weights)
  for (const prepack of [false, true]) {
    const program = await ONNX.compile(step, {inputs: {x: {dtype: 'float32', shape: [4, 6]}}, weights, prepack})
    for (let i = 0; i < 2; i++) {
      const found = await program.run({x: x.data})
      for (const name of Object.keys(expected)) {
        expect(relativeError(found[name] as Float32Array, expected[name]), name).toBeLessThan(1e-5)
      }
    }
    await program.dispose()
  }
})

test('16-bit weights are read as they are, at any offset', async () => {
  const expected = timesTransposed(x.data, coarse.data, 6)
  for (const [dtype, encode] of [
    ['bfloat16', toBfloat16],
    ['float16', toFloat16],
  ] as const) {
    for (const offset of [0, 75]) {
      const at = inFile(`${dtype}-${offset}`, encode(coarse.data), offset)
      const W: Stored = {dtype, shape: [5, 6], at}
      expect(relativeError((await run(ONNX, product, {x}, {W})).y, expected), dtype).toBeLessThan(1e-6)
      expect(relativeError((await run(JS, product, {x}, {W})).y, expected), `${dtype}, js`).toBeLessThan(1e-6)
    }
  }
})

test('a 16-bit weight is gathered from, summed, scaled, sliced and returned as float32', async () => {
  const at = inFile('embedding', toBfloat16(coarse.data), 1)
  const feeds = {ids: {shape: [3], data: Int32Array.of(4, 0, 4)}}
  const weights = {W: {dtype: 'bfloat16', shape: [5, 6], at}} as const
  const [found, expected] = [await run(ONNX, readWeight, feeds, weights), await run(JS, readWeight, feeds, weights)]
  expect(found.whole).toEqual(coarse.data)
  for (const name of Object.keys(expected)) expect(relativeError(found[name], expected[name]), name).toBeLessThan(1e-6)
})

test('a file behind links is read', async () => {
  const {file, ...place} = inFile('blob', W.data, 9)
  const snapshot = join(folder, 'snapshot')
  await mkdir(snapshot)
  await symlink('../blob', join(snapshot, 'model.safetensors'))
  await symlink(snapshot, join(folder, 'main'))
  for (const link of [join(snapshot, 'model.safetensors'), join(folder, 'main', 'model.safetensors')]) {
    const weights = {W: {dtype: 'float32', shape: [5, 6], at: {file: link, ...place}}} as const
    expect((await run(ONNX, product, {x}, weights)).y).toEqual((await run(ONNX, product, {x}, {W: stored(W)})).y)
  }
  expect(file).toBe(join(folder, 'blob'))
})

test('a file of weights that has vanished is a fault, with the likely reason', async () => {
  const at = inFile('vanished', W.data)
  await rm(at.file)
  const compiling = ONNX.compile(product, {
    inputs: {x: {dtype: 'float32', shape: [4, 6]}},
    weights: {W: {dtype: 'float32', shape: [5, 6], at}},
  })
  await expect(compiling).rejects.toMatchObject({
    kind: 'io',
    message: `${at.file}: removed, as by svft cache free, or moved while it was in use; run the command again`,
  })
})

test('weights are read and never written, however often the program runs', async () => {
  const at = inFile('frozen', W.data)
  const program = await ONNX.compile(product, {
    inputs: {x: {dtype: 'float32', shape: [4, 6]}},
    weights: {W: {dtype: 'float32', shape: [5, 6], at}},
  })
  const first = (await program.run({x: x.data})).y
  const other = (await program.run({x: x.data.map(value => 2 * value)})).y
  expect(other).not.toEqual(first)
  expect((await program.run({x: x.data})).y).toEqual(first)
  await program.dispose()
})

test('prepacked weights give the same product', async () => {
  const options = {inputs: {x: {dtype: 'float32', shape: [4, 6]}}, weights: {W: stored(W)}} as const
  const program = await ONNX.compile(product, {...options, prepack: true})
  const {y} = await program.run({x: x.data})
  expect(relativeError(y, timesTransposed(x.data, W.data, 6))).toBeLessThan(1e-6)
  await program.dispose()
})

test('one thread and two agree to rounding, and two runs with two threads are equal', async () => {
  const [left, right] = [normals([200, 300], random(3)), normals([400, 300], random(4))]
  const ids = {shape: [1000], data: Int32Array.from({length: 1000}, (_, i) => (i * 7919) % 5)}
  const rows = normals([1000, 40], random(5))
  const step: Step = ({left, right, ids, rows}) => {
    const y = tf.softmax(tf.tanh(tf.matMul(left, right, false, true)))
    return {y, sum: tf.sum(y), table: tf.unsortedSegmentSum(rows, ids as Tensor1D, 5)}
  }
  const feeds = {left, right, ids, rows}
  const one = await run(openOnnx({threads: 1}), step, feeds)
  const two = await run(openOnnx({threads: 2}), step, feeds)
  for (const name of Object.keys(one)) expect(relativeError(two[name], one[name]), name).toBeLessThan(1e-6)
  expect(await run(openOnnx({threads: 2}), step, feeds)).toEqual(two)
})

test('two threads that add many rows to one row of a segment sum lose none', async () => {
  const count = 16_384
  const step: Step = ({ids, rows}) => ({table: tf.unsortedSegmentSum(rows, ids as Tensor1D, 2)})
  const inputs = {ids: {dtype: 'int32', shape: [count]}, rows: {dtype: 'float32', shape: [count, 384]}} as const
  const program = await openOnnx({threads: 2}).compile(step, {inputs, weights: {}})
  const feeds = {ids: new Int32Array(count), rows: new Float32Array(count * 384).fill(1)}
  const sums = Float32Array.from({length: 768}, (_, i) => (i < 384 ? count : 0))
  for (let i = 0; i < 20; i++) expect((await program.run(feeds)).table).toEqual(sums)
  await program.dispose()
})

test('rows with more entries than one thread may sum are added one by one', async () => {
  const width = 150_000
  const step: Step = ({ids, rows}) => ({table: tf.unsortedSegmentSum(rows, ids as Tensor1D, 2)})
  const rows = Float32Array.from({length: 5 * width}, (_, i) => 10 ** Math.floor(i / width))
  const feeds = {ids: {shape: [5], data: Int32Array.of(0, 1, 0, 0, 1)}, rows: {shape: [5, width], data: rows}}
  const {table} = await run(openOnnx({threads: 2}), step, feeds)
  expect(table).toEqual(Float32Array.from({length: 2 * width}, (_, i) => (i < width ? 1101 : 10_010)))
})

test('an engine reports its threads', () => {
  expect(openOnnx({threads: 3})).toMatchObject({name: 'onnx', threads: 3})
  expect(openOnnx().threads).toBeGreaterThan(0)
})

test('results are fresh arrays of the types of the step’s outputs', () => expectFreshResults(ONNX))

test('an input without data is a fault that names it', async () => {
  for (const engine of [ONNX, JS]) {
    const missing = run(engine, ({x, y}) => ({z: tf.add(x, y)}), {x, y: {shape: [2, 4, 6], data: undefined as never}})
    await expect(missing, engine.name).rejects.toThrow(
      new Fault('failed', "the program's input y, bool [2,4,6], has no data"),
    )
    await expect(missing, engine.name).rejects.toBeInstanceOf(Fault)
  }
})

test('data of another length than the input’s shape are refused', async () => {
  for (const engine of [ONNX, JS]) {
    const short = {shape: [4, 6], data: x.data.slice(1)}
    await expect(
      run(engine, ({x}) => ({y: tf.neg(x)}), {x: short}),
      engine.name,
    ).rejects.toThrow()
  }
})

test('a step that fails on its shapes fails when it is compiled', async () => {
  await expect(run(ONNX, product, {x}, {W: stored(normals([5, 7], random(1)))})).rejects.toThrow('Dimension mismatch')
})
