import {expect, test} from 'vitest'
import {normals} from '../../test/models/adapters.ts'
import {JS, ONNX, run} from '../../test/models/engines.ts'
import {readModel} from '../../test/models/onnx-model.ts'
import {random} from '../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../tensor/tf.ts'
import './onnx.ts' // brings the gradients
import {LARGEST_CONSTANT, type Spec, type Step, type Stored} from './program.ts'
import {trace} from './trace.ts'

const float = (...shape: number[]): Spec => ({dtype: 'float32', shape})
const inputs = {x: float(2, 3), y: float(2, 3)}
const inMemory = (...shape: number[]): Stored => {
  const {data} = normals(shape, random(1))
  return {dtype: 'float32', shape, at: {data}}
}
const inFile = (...shape: number[]): Stored => ({
  dtype: 'bfloat16',
  shape,
  at: {file: '/models/größe.safetensors', offset: 2 ** 33 + 75, bytes: 2 * shape.reduce((n, d) => n * d, 1)},
})
const modelOf = (step: Step, weights: Record<string, Stored> = {}) => readModel(trace(step, {inputs, weights}).encode())

test('what no output needs is not in the graph, nor asked for', () => {
  const weights = {W: inFile(3, 4), unused: inFile(3, 5)}
  const step: Step = ({x, y}, {W, unused}) => {
    tf.matMul(tf.exp(y), unused)
    tf.tanh(x)
    return {z: tf.matMul(x, W)}
  }
  const {encode, inputs: asked, outputs, nodes} = trace(step, {inputs, weights})
  const read = readModel(encode())
  expect(read.nodes.map(({op}) => op).sort()).toEqual(['Cast', 'Gemm'])
  expect(nodes.map(({op}) => op)).toEqual(['Cast', 'Gemm'])
  expect(Object.keys(asked)).toEqual(['x'])
  expect(Object.keys(outputs)).toEqual(['z'])
  expect(read.inputs).toEqual([{name: asked.x[0].name, type: 1, shape: [2, 3]}])
  expect(read.outputs).toEqual([{name: outputs.z[0].name, type: 1, shape: [2, 4]}])
  expect(read.initializers.map(({shape}) => shape)).toEqual([[3, 4]])
})

test('a program feeds what is asked for alone', async () => {
  const program = await ONNX.compile(({x}) => ({z: tf.neg(x)}), {inputs, weights: {}})
  const x = Float32Array.of(1, 2, 3, 4, 5, 6)
  expect((await program.run({x})).z).toEqual(x.map(value => -value))
  await program.dispose()
})

test('a weight in a file is named by its place, one in memory is copied', () => {
  const weights = {far: inFile(3, 4), near: inMemory(3, 4)}
  const {initializers} = modelOf(({x}, {far, near}) => ({z: tf.matMul(x, tf.add(far, near))}), weights)
  const [far, near] = ['far', 'near'].map(name => initializers.find(it => it.name.startsWith(name))!)
  expect(far).toMatchObject({
    type: 16,
    shape: [3, 4],
    bytes: undefined,
    external: {location: 'models/größe.safetensors', offset: String(2 ** 33 + 75), length: '24'},
  })
  expect(near.external).toBeUndefined()
  expect(near.bytes).toHaveLength(48)
})

test('a weight whose place is of another size is refused', () => {
  const W: Stored = {dtype: 'float32', shape: [3, 4], at: {file: '/model.safetensors', offset: 0, bytes: 47}}
  expect(() => modelOf(({x}, {W}) => ({z: tf.matMul(x, W)}), {W})).toThrow('W: 47 bytes do not hold float32 [3,4]')
})

test('nodes stand in the reverse of the order recorded', () => {
  const {nodes} = modelOf(({x}) => ({z: tf.tanh(tf.exp(tf.neg(x)))}))
  expect(nodes.map(({op}) => op)).toEqual(['Tanh', 'Exp', 'Neg'])
})

test('equal results have a name each', async () => {
  const step: Step = ({x}) => ({a: tf.exp(x), b: tf.exp(x), c: x, d: x, one: tf.ones([2]), other: tf.ones([2])})
  const {outputs} = trace(step, {inputs, weights: {}})
  expect(Object.keys(outputs)).toEqual(['a', 'b', 'c', 'd', 'one', 'other'])
  expect(new Set(Object.values(outputs).map(([{name}]) => name)).size).toBe(6)
  const x = normals([2, 3], random(1))
  const {a, b, c, d, one, other} = await run(ONNX, step, {x})
  expect(b).toEqual(a)
  expect([c, d]).toEqual([x.data, x.data])
  expect([one, other]).toEqual([Float32Array.of(1, 1), Float32Array.of(1, 1)])
})

test('inputs, weights and results may share a name', async () => {
  const x = normals([2, 3], random(1))
  const step: Step = (inputs, weights) => ({x: tf.mul(inputs.x, weights.x), Mul_2: tf.neg(inputs.x), x_0: inputs.x})
  const result = await run(ONNX, step, {x}, {x: {dtype: 'float32', shape: [], at: {data: Float32Array.of(2)}}})
  expect(result.x).toEqual(x.data.map(value => 2 * value))
  expect(result.Mul_2).toEqual(x.data.map(value => -value))
  expect(result.x_0).toEqual(x.data)
})

test('a kernel without a row is named', () => {
  expect(() => modelOf(({x}) => ({z: tf.floor(x)}))).toThrow("Kernel 'Floor' not registered for backend 'trace'")
})

test('a draw while tracing is refused by its name, for it would be the same at every step', () => {
  const draws: Record<string, (x: Tensor) => Tensor> = {
    dropout: x => tf.dropout(x, 0.5),
    randomNormal: () => tf.randomNormal([2, 3]),
    randomUniform: () => tf.randomUniform([1]),
    truncatedNormal: () => tf.truncatedNormal([2, 3]),
    rand: () => tf.rand([2], () => 0.5),
  }
  for (const [name, draw] of Object.entries(draws)) {
    expect(() => modelOf(({x}) => ({z: tf.mul(x, tf.sum(draw(x)))}))).toThrow(`tf.${name} was called in a traced step`)
  }
})

test('a value cannot be read while tracing', async () => {
  const message = 'a value was read while tracing; a traced step may not read values'
  expect(() => modelOf(({x}) => ({z: tf.mul(x, tf.max(x).dataSync()[0])}))).toThrow(message)
  expect(() => modelOf(() => ({z: tf.scalar(tf.ones([2]).arraySync() as never)}))).toThrow(message)
  let reading: Promise<unknown> | undefined
  modelOf(({x}) => {
    reading = x.data()
    reading.catch(() => {})
    return {x}
  })
  await expect(reading).rejects.toThrow(message)
})

test('a tensor made outside the step is refused', async () => {
  const message = 'a tensor from outside the traced step was used inside it; pass it as an input or a weight'
  await run(JS, ({x}) => ({x}), {x: normals([2], random(1))}) // on the other engine's backend
  expect(tf.getBackend()).toBe('cpu')
  const outside = tf.tensor1d([1, 2, 3])
  expect(() => modelOf(({x}) => ({z: tf.add(x, outside)}))).toThrow(message)

  let kept: Tensor | undefined
  modelOf(({x}) => {
    kept = tf.keep(tf.exp(x))
    return {z: x}
  })
  const other: Step = () => ({z: tf.neg(kept!)})
  expect(() => modelOf(other)).toThrow(message)
})

test('a failing step leaves the next one as it would have been', () => {
  const step: Step = ({x}) => ({z: tf.grad(x => tf.exp(x))(x)})
  const traced = () => {
    const {encode, ...rest} = trace(step, {inputs, weights: {}})
    return {...rest, model: encode()}
  }
  const before = traced()
  expect(() => modelOf(({x}) => ({z: tf.grad(x => tf.floor(tf.exp(x)))(x)}))).toThrow('Floor')
  expect(traced()).toEqual(before)
})

test('the backend that was there is there again', async () => {
  await tf.setBackend('cpu')
  modelOf(({x}) => ({z: tf.neg(x)}))
  expect(tf.getBackend()).toBe('cpu')
  expect(() => modelOf(({x}) => ({z: tf.floor(x)}))).toThrow()
  expect(tf.getBackend()).toBe('cpu')
})

test('a large constant is refused, one number everywhere is not', () => {
  const baked = (length: number): Step => {
    const values = new Float32Array(length).fill(1, 1)
    return () => ({z: tf.sum(tf.tensor(values))})
  }
  expect(() => modelOf(baked(LARGEST_CONSTANT + 1))).toThrow(
    `a constant of shape [${LARGEST_CONSTANT + 1}] is too large for a traced step; pass it as a weight`,
  )
  const {encode} = trace(() => ({z: tf.exp(tf.ones([2 ** 12, 2 ** 12]))}), {inputs: {}, weights: {}})
  expect(encode().length).toBeLessThan(500)
})

test('the gradients of a sum bake no ones', () => {
  const {encode} = trace(({x}) => ({dx: tf.grad(x => tf.sum(tf.mul(tf.mean(tf.square(x), -1), 3)))(x)}), {
    inputs: {x: float(512, 512)},
    weights: {},
  })
  expect(encode().length).toBeLessThan(1000)
})

test('the working memory is what is alive at once, weights and inputs not counted', () => {
  const chain = (length: number): Step => {
    const layers = (x: Tensor) => Array.from({length}).reduce<Tensor>(x => tf.tanh(x), x)
    return ({x}) => ({z: tf.sum(layers(x))})
  }
  const options = {inputs: {x: float(100)}, weights: {}}
  expect(trace(chain(1), options).workingBytes).toBe(400 + 4)
  expect(trace(chain(9), options).workingBytes).toBe(400 + 400)
  const branches: Step = ({x}) => ({z: tf.sum(tf.mul(tf.mul(tf.tanh(x), tf.sigmoid(x)), tf.exp(x)))})
  expect(trace(branches, options).workingBytes).toBe(400 * 3)
})

test('a weight that is read whole and piece by piece is counted once', () => {
  const weights = {w: inMemory(3072, 768)}
  const {weightBytes, nodes} = trace(
    ({x}, {w}) => {
      const f = (x: Tensor) => tf.sum(tf.square(tf.matMul(x as Tensor2D, w as Tensor2D, false, true)))
      return {dx: tf.grad(f)(x)}
    },
    {inputs: {x: float(1576, 768)}, weights},
  )
  const read = new Set(nodes.flatMap(({inputs}) => inputs.filter(input => input?.kind === 'weight')))
  expect(read.size).toBeGreaterThan(1)
  expect(weightBytes).toBe(3072 * 768 * 4)
})
