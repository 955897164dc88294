import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError, stored} from '../../test/models/adapters.ts'
import {JS, ONNX, run} from '../../test/models/engines.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {gelu} from '../tensor/fused.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import {tileWidths} from './column-tiles.ts'
import {type Named, type Step, type Stored, size} from './program.ts'
import {trace} from './trace.ts'

const [N, C, F, r] = [64, 128, 1024, 2]
const any = (name: string, ...shape: number[]) => normals(shape, random(1, name))
const feeds = {x: any('x', N, C), A1: any('A1', r, C), B1: any('B1', F, r), A2: any('A2', r, F), B2: any('B2', C, r)}
const [W1, W2, bias] = [any('W1', F, C), any('W2', C, F), any('bias', F)]
const weights: Named<Stored> = {W1: stored(W1), W2: stored(W2), bias: stored(bias)}

const adapted = (x: Tensor, W: Tensor, A: Tensor, B: Tensor): Tensor =>
  tf.add(tf.matMul(x, W, false, true), tf.matMul(tf.mul(tf.matMul(x, A, false, true), 0.5), B, false, true))

/** y of a hidden layer with LoRA on both sides, and the gradients of Σ y². */
const layer: Step = (inputs, {W1, W2, bias}) => {
  const names = Object.keys(inputs)
  const forward = ({x, A1, B1, A2, B2}: Named<Tensor>) => {
    const h = tf.reshape(tf.add(adapted(x, W1, A1, B1), bias), [2, N / 2, F])
    return adapted(tf.reshape(gelu(h), [N, F]), W2, A2, B2)
  }
  const loss = (...values: Tensor[]) =>
    tf.sum(tf.square(forward(Object.fromEntries(names.map((name, i) => [name, values[i]])))))
  const gradients = tf.grads(loss)(names.map(name => inputs[name]))
  return {y: forward(inputs), ...Object.fromEntries(names.map((name, i) => [`d${name}`, gradients[i]]))}
}

const specs = Object.fromEntries(
  Object.entries(feeds).map(([name, {shape}]) => [name, {dtype: 'float32', shape} as const]),
)

test('a tiled hidden layer computes what a whole one does, gradients included', async () => {
  const expected = await run(JS, layer, feeds, weights)
  const found = await run(ONNX, layer, feeds, weights)
  for (const name of Object.keys(expected)) {
    expect(relativeError(found[name], expected[name]), name).toBeLessThan(1e-5)
  }
})

test('no node holds a whole hidden layer, and one tile is computed before the next', () => {
  const {nodes} = trace(layer, {inputs: specs, weights})
  const wide = ({shape}: {readonly shape: readonly number[]}) => shape.at(-1) === F && size(shape) >= N * F
  expect(nodes.filter(({outputs}) => outputs.some(wide)).map(({op}) => op)).toEqual([])
  const activations = nodes.filter(({op}) => op === 'Gelu').map(({tile}) => tile)
  expect(activations).toEqual([0, 1])
  const between = nodes.slice(...nodes.flatMap(({op}, i) => (op === 'Gelu' ? [i] : [])))
  expect(between.filter(({op}) => op === 'Gemm').length).toBeGreaterThan(1)
})

test('an op that does not support tiles gets the whole value', async () => {
  const step: Step = ({x}, {W1}) => ({y: tf.softmax(tf.matMul(x as Tensor2D, W1 as Tensor2D, false, true))})
  const [expected, found] = [
    await run(JS, step, {x: feeds.x}, {W1: weights.W1}),
    await run(ONNX, step, {x: feeds.x}, {W1: weights.W1}),
  ]
  expect(relativeError(found.y, expected.y)).toBeLessThan(1e-5)
})

test('tiles of a 16-bit weight are read from its file', async () => {
  const coarse = ({shape, data}: Numbers) => ({shape, data: data.map(value => Math.round(value * 16) / 16)})
  const folder = openFolder()
  const inFile: Record<string, Stored> = {}
  const inMemory: Record<string, Stored> = {bias: weights.bias}
  for (const [name, numbers] of Object.entries({W1: coarse(W1), W2: coarse(W2)})) {
    const file = join(folder, name)
    const bits = Uint16Array.from(new Uint32Array(Float32Array.from(numbers.data).buffer), word => word >>> 16)
    await writeFile(file, Buffer.concat([Buffer.alloc(6), Buffer.from(bits.buffer)]))
    inFile[name] = {dtype: 'bfloat16', shape: numbers.shape, at: {file, offset: 6, bytes: bits.byteLength}}
    inMemory[name] = stored(numbers)
  }
  const expected = await run(ONNX, layer, feeds, inMemory)
  const found = await run(ONNX, layer, feeds, {...inFile, bias: weights.bias})
  for (const name of Object.keys(expected)) expect(found[name], name).toEqual(expected[name])
})

test('only hidden layers are tiled, in widths that no cache aliases', () => {
  expect(tileWidths([1576, 3072], 768)).toEqual([768, 768, 768, 768])
  expect(tileWidths([1024, 2048], 768)).toEqual([688, 672, 688])
  for (const [rows, out, inner] of [
    [1576, 3000, 768], // rows that do not alias
    [8, 3072, 768], // few rows
    [1024, 1024, 1024], // a projection to heads
    [1024, 49152, 576], // a vocabulary
  ]) {
    expect(tileWidths([rows, out], inner), `${rows} × ${out}`).toBeUndefined()
  }
})
