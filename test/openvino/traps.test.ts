// Where OpenVINO reads or computes something otherwise than onnxruntime, or would need much more memory.
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {toBfloat16, toFloat16} from '../../src/base/half.ts'
import type {Data, Named, Step, Stored} from '../../src/engine/program.ts'
import {trace} from '../../src/engine/trace.ts'
import {attention, HIDDEN} from '../../src/tensor/attention.ts'
import {linearCrossEntropy} from '../../src/tensor/cross-entropy.ts'
import {gelu, rotate} from '../../src/tensor/fused.ts'
import {random} from '../../src/tensor/random.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from '../../src/tensor/tf.ts'
import {type Numbers, normals, stored} from '../models/adapters.ts'
import {ONNX, run} from '../models/engines.ts'
import {writeBehind} from '../models/programs.ts'
import {openFolder} from '../support/cleanup.ts'
import {OPENVINO, relativeL2} from './engine.ts'

const TOLERANCE = 2e-2

async function expectSame(step: Step, feeds: Named<Numbers>, weights: Named<Stored> = {}): Promise<void> {
  const [ours, theirs] = [await run(OPENVINO, step, feeds, weights), await run(ONNX, step, feeds, weights)]
  for (const name of Object.keys(theirs)) expect(relativeL2(ours[name], theirs[name]), name).toBeLessThan(TOLERANCE)
}

test('each token is rotated by its own position, forward and backward', async () => {
  const [T, half] = [7, 3]
  const angle = (i: number) => Math.floor(i / half) * 0.8 ** (i % half)
  const [cos, sin] = [Math.cos, Math.sin].map(f => ({
    shape: [T, half],
    data: Float32Array.from({length: T * half}, (_, i) => f(angle(i))),
  }))
  const step: Step = ({x, dy, cos, sin}) => {
    const {value, grad} = tf.valueAndGrad((x: Tensor) => tf.sum(tf.mul(rotate(x, cos, sin), dy)))(x)
    return {y: rotate(x, cos, sin), sum: value, dx: grad}
  }
  const heads = (seed: number) => normals([2, 2, T, 8], random(seed)) // the last two entries of a head stay
  await expectSame(step, {x: heads(1), dy: heads(2), cos, sin})
})

const KEYS = 12

const constantRow = (data: ArrayLike<number>) => tf.tensor(Float32Array.from(data), [1, 1, 1, KEYS])
const otherRow = () => constantRow(normals([KEYS], random(5)).data)

/** Scores of attention, changed by a row that is the same for all queries. */
const ROWS: Named<(scores: Tensor, row: Tensor) => Tensor> = {
  'a constant mask': scores => tf.add(scores, constantRow(Array.from({length: KEYS}, (_, i) => (i < 7 ? 0 : HIDDEN)))),
  'a mask after a scale': (scores, row) => tf.add(tf.mul(scores, 0.3), row),
  'two masks': (scores, row) => tf.add(tf.add(scores, row), otherRow()),
  factors: tf.mul,
  'constants to subtract': scores => tf.sub(scores, otherRow()),
  maxima: tf.minimum,
  minima: (scores, row) => tf.maximum(tf.relu(scores), row),
}

test.each(Object.entries(ROWS))('%s of all queries: attention reads them as they are', async (_, change) => {
  for (const [B, H, M] of [
    [1, 1, 1],
    [2, 2, 1],
    [1, 2, 4],
  ]) {
    const [q, k, v] = [M, KEYS, KEYS].map((rows, i) => normals([B, H, rows, 8], random(i)))
    const step: Step = ({q, k, v, row}) => ({
      y: tf.matMul(tf.softmax(change(tf.matMul(q, k, false, true), row)), v),
      row: tf.neg(row),
    })
    await expectSame(step, {q, k, v, row: normals([1, 1, 1, KEYS], random(4))})
  }
})

test.each([
  ['query', [1, 1, KEYS, 1]],
  ['head', [KEYS, 1, 1, 1]],
] as const)('a factor of each %s is none of the keys, of which there are as many', async (_, shape) => {
  const [B] = shape
  const [q, k, v] = [1, 2, 3].map(seed => normals([B, 1, KEYS, 8], random(seed)))
  const step: Step = ({q, k, v, factors}) => {
    const f = (q: Tensor, k: Tensor) =>
      tf.matMul(tf.softmax(tf.mul(tf.matMul(tf.mul(q, 0.3), k, false, true), factors)), v)
    const [dq, dk] = tf.grads(f)([q, k])
    return {y: f(q, k), dq, dk, attended: attention({q, k, v})}
  }
  await expectSame(step, {q, k, v, factors: normals([...shape], random(4))})
})

test('the mean of a product is no matrix beside the only row', async () => {
  const step: Step = ({x, k}) => ({y: tf.mul(tf.mean(tf.matMul(x, k), -1, true), x)})
  const [x, k] = [normals([1, 1, 6], random(1)), normals([1, 6, 6], random(2))] // positive, so that no terms cancel
  await expectSame(step, {x: {...x, data: x.data.map(Math.abs)}, k: {...k, data: k.data.map(Math.abs)}})
})

test('the only query of a window attends to the keys within it', async () => {
  const step: Step = ({q, k, v}) => ({y: attention({q, k, v}, {window: 5})})
  const [q, k, v] = [1, 20, 20].map((rows, i) => normals([2, 2, rows, 8], random(i)))
  await expectSame(step, {q, k, v})
})

test.each([16, 64, 192, 768, 1056])(
  'a square weight of %i rows is read straight by one product and transposed by another',
  async n => {
    const W = {W: stored(normals([n, n], random(1)))}
    const step: Step = ({x, dy}, {W}) => {
      const f = (x: Tensor) => tf.tanh(tf.mul(tf.matMul(x, W, false, true), 1 / Math.sqrt(n)))
      const [dx] = tf.grads(f)([x], dy)
      return {straight: tf.matMul(x, W), transposed: tf.matMul(x, W, false, true), dx, twice: tf.matMul(f(x), W)}
    }
    await expectSame(step, {x: normals([24, n], random(2)), dy: normals([24, n], random(3))}, W)
  },
)

test.each([1, 8, 9])(
  'matrices of %i rows beside a residual sum, multiplied by constants, do not end the process',
  async rows => {
    const [C, inner] = [24, 17]
    const shapes = {up: [C, inner], middle: [inner, inner], down: [inner, C], next: [C, C]}
    const weights = Object.entries(shapes).map(([name, shape], i) => [name, stored(normals(shape, random(i)))])
    const step: Step = ({x}, {up, middle, down, next}) => {
      const product = (x: Tensor, W: Tensor) => tf.matMul(x as Tensor2D, W as Tensor2D)
      const f = (x: Tensor) => {
        const sum = tf.add(product(gelu(product(product(x, up), middle)), down), x)
        return tf.sum(tf.square(tf.add(product(sum, next), sum)))
      }
      return {dx: tf.valueAndGrad(f)(x).grad}
    }
    await expectSame(step, {x: normals([rows, C], random(5))}, Object.fromEntries(weights))
  },
)

test('a large matrix is read by products, by rows, in slices and as it is, wherever it is stored', async () => {
  const [V, C] = [2100, 520] // more than a million entries
  const W = normals([V, C], random(4))
  const folder = openFolder()
  const inFile = (name: string, data: Data, offset: number) => writeBehind(join(folder, name), data, offset)
  const step: Step = ({x, ids}, {W}) => ({
    logits: tf.matMul(x, W, false, true),
    back: tf.matMul(tf.matMul(x, W, false, true), W),
    rows: tf.gather(W, tf.cast(ids, 'int32')),
    part: tf.matMul(x, tf.slice(W, [100, 0], [300, C]), false, true),
    scaled: tf.sum(tf.mul(W, 3), 1),
    whole: W,
  })
  const feeds = {x: normals([6, C], random(5)), ids: {shape: [3], data: Float32Array.of(2099, 0, 7)}}
  const places: Stored[] = [
    stored(W),
    {dtype: 'float32', shape: W.shape, at: inFile('float32', W.data, 75)},
    {dtype: 'bfloat16', shape: W.shape, at: inFile('bfloat16', toBfloat16(W.data), 75)},
    {dtype: 'bfloat16', shape: W.shape, at: inFile('aligned', toBfloat16(W.data), 64)},
    {dtype: 'float16', shape: W.shape, at: inFile('float16', toFloat16(W.data), 75)},
  ]
  for (const weight of places) await expectSame(step, feeds, {W: weight})
})

/** The nodes of a step's graph that read `weight`, traced as for this engine. */
function readers(step: Step, shapes: Named<readonly number[]>, weight: Stored) {
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      {dtype: name === 'labels' ? ('int32' as const) : ('float32' as const), shape},
    ]),
  )
  const {nodes} = trace(step, {inputs, weights: {W: weight}, tiles: false, blocks: false})
  return {nodes, reading: nodes.filter(({inputs}) => inputs.some(({kind}) => kind === 'weight'))}
}

test('a vocabulary of 32,000 is read by one product forward and one backward, not in chunks', () => {
  const [N, C, V] = [1024, 16, 32_000]
  const head: Stored = {dtype: 'float32', shape: [V, C], at: {file: '/none', offset: 0, bytes: 4 * V * C}}
  const step: Step = ({h, labels}, {W}) => {
    const loss = (h: Tensor) => linearCrossEntropy(h as Tensor2D, W as Tensor2D, labels as Tensor1D)
    return {dh: tf.grad(loss)(h)}
  }
  const {reading} = readers(step, {h: [N, C], labels: [N]}, head)
  expect(reading.map(({op}) => op).sort()).toEqual(['Gather', 'Gemm', 'Gemm'])
})

test('attention over a long text is one block', () => {
  const shape = [1, 2, 512, 4]
  const step: Step = ({q, k, v}) => ({y: attention({q, k, v}, {causal: true})})
  const {nodes} = readers(step, {q: shape, k: shape, v: shape}, stored(normals([1], random(1))))
  expect(nodes.filter(({op}) => op === 'Softmax')).toHaveLength(1)
})

test('nodes are listed after those that they read', async () => {
  const step: Step = ({x}) => {
    let y = x
    for (let i = 0; i < 30; i++) y = tf.add(tf.tanh(y), x)
    return {y, z: tf.neg(y)}
  }
  await expectSame(step, {x: normals([3, 4], random(1))})
})

test.each([1, 8, 9])(
  'an MLP of constant weights beside a residual stream of %i rows does not end the process',
  async rows => {
    const [C, inner] = [16, 32]
    const shapes = {up: [inner, C], upBias: [inner], down: [C, inner], downBias: [C]}
    const weights = Object.entries(shapes).map(([name, shape], i) => [name, stored(normals(shape, random(i)))])
    const step: Step = ({x}, {up, upBias, down, downBias}) => {
      const block = (x: Tensor) => {
        const hidden = tf.relu(linear(tf.reshape(x, [rows, C]), up, upBias))
        return tf.add(x, tf.reshape(linear(hidden, down, downBias), [1, rows, C]))
      }
      return {y: block(block(tf.neg(x)))}
    }
    await expectSame(step, {x: normals([1, rows, C], random(5))}, Object.fromEntries(weights))
  },
)

const linear = (x: Tensor, W: Tensor, bias: Tensor) =>
  tf.add(tf.matMul(x as Tensor2D, W as Tensor2D, false, true), bias)
