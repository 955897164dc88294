import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError} from '../../test/models/adapters.ts'
import {type Feeds, JS, ONNX, run, traced} from '../../test/models/engines.ts'
import {readModel} from '../../test/models/onnx-model.ts'
import type {Trace} from '../engine/trace.ts'
import {random} from './random.ts'
import {recompute} from './recompute.ts'
import {type Tensor, type Tensor1D, type Tensor2D, tf} from './tf.ts'

type Inputs = Readonly<Record<string, Tensor>>

const BLOCKS = 12
const [N, C, F] = [64, 8, 32]

const feeds: Feeds = Object.fromEntries([
  ['x', normals([N, C], random(1))],
  ['dy', normals([N, C], random(2))],
  ['shift', normals([F], random(3))],
  ...Array.from({length: BLOCKS}, (_, i) => [
    [`up${i}`, normals([C, F], random(4, `${i}`))],
    [`down${i}`, small(normals([F, C], random(5, `${i}`)))],
  ]).flat(),
])

const shapes = Object.fromEntries(Object.entries(feeds).map(([name, {shape}]) => [name, shape]))

function small({shape, data}: Numbers): Numbers {
  return {shape, data: data.map(value => 0.05 * value)}
}

/** x + tanh(σ(x A + shift)²) B */
function block(x: Tensor, [up, down]: Tensor[], [shift]: Tensor[]): Tensor {
  const inner = tf.sigmoid(tf.add(tf.matMul(x as Tensor2D, up as Tensor2D), shift))
  return tf.add(x, tf.matMul(tf.tanh(tf.square(inner)) as Tensor2D, down as Tensor2D))
}

/** `BLOCKS` blocks, one after the other, and the gradients of x and all parameters. */
const step = (again: boolean) => (inputs: Inputs) => {
  const {x, dy, shift, ...parameters} = inputs
  const names = Object.keys(parameters)
  const forward = (x: Tensor, ...values: Tensor[]) =>
    Array.from({length: BLOCKS}).reduce<Tensor>((x, _, i) => {
      const own = values.slice(2 * i, 2 * i + 2)
      return again ? recompute(block, x, {parameters: own, shared: [shift]}) : block(x, own, [shift])
    }, x)
  const {value, grads} = tf.valueAndGrads(forward)([x, ...Object.values(parameters)], dy)
  return {y: value, dx: grads[0], ...Object.fromEntries(names.map((name, i) => [`grad.${name}`, grads[i + 1]]))}
}

for (const engine of [JS, ONNX]) {
  test(`blocks computed again have the values and gradients of blocks kept, on the ${engine.name} engine`, async () => {
    const kept = await run(engine, step(false), feeds)
    const again = await run(engine, step(true), feeds)
    expect(Object.keys(again)).toHaveLength(2 + 2 * BLOCKS)
    for (const name of Object.keys(kept)) expect(relativeError(again[name], kept[name]), name).toBeLessThan(1e-6)
  })
}

test('both engines agree on blocks computed again', async () => {
  const [expected, found] = [await run(JS, step(true), feeds), await run(ONNX, step(true), feeds)]
  for (const name of Object.keys(expected)) expect(relativeError(found[name], expected[name]), name).toBeLessThan(1e-5)
})

test('the graph computes blocks again, and holds one block’s activations at a time', () => {
  const [kept, again] = [traced(step(false), shapes), traced(step(true), shapes)]
  const count = ({encode}: Trace, op: string) => readModel(encode()).nodes.filter(node => node.op === op).length
  expect(count(kept, 'Sigmoid')).toBe(BLOCKS)
  expect(count(again, 'Sigmoid')).toBe(2 * BLOCKS)

  const activations = 4 * N * F
  const results = 4 * (2 * BLOCKS * C * F + 3 * N * C) // all gradients are there in the end
  expect(kept.workingBytes).toBeGreaterThan(2 * BLOCKS * activations)
  expect(again.workingBytes).toBeLessThan(results + BLOCKS * 4 * N * C + 6 * activations)
  expect(again.workingBytes).toBeLessThan(0.5 * kept.workingBytes)
})

test('each block is done with its gradients before the next one begins', () => {
  const {encode} = traced(step(true), shapes)
  const recorded = readModel(encode()).nodes.toReversed()
  const producers = new Map(recorded.flatMap(node => node.outputs.map(output => [output, node])))
  const ancestors = (names: readonly string[], seen = new Set<string>()): Set<string> => {
    for (const name of names) {
      if (seen.has(name)) continue
      seen.add(name)
      ancestors(producers.get(name)?.inputs ?? [], seen)
    }
    return seen
  }
  // whatever order the runtime takes, the second pass of a block needs all parameter gradients of the block behind it
  const sigmoids = recorded.filter(({op}) => op === 'Sigmoid').slice(BLOCKS)
  const gradients = recorded.filter(({op, attributes}) => op === 'Gemm' && attributes.transA === 1)
  expect(gradients).toHaveLength(2 * BLOCKS)
  for (const [i, sigmoid] of sigmoids.entries()) {
    const needed = ancestors(sigmoid.inputs)
    expect(gradients.filter(({outputs}) => needed.has(outputs[0]))).toHaveLength(2 * i)
  }
})

test('a constant may be an integer or unused, and a parameter without a part in it has gradient 0', async () => {
  const unused = ({x, dy, W}: Inputs) => {
    const ids = tf.tensor1d([1, 0, 1], 'int32')
    const pick = (x: Tensor, _: Tensor[], [ids]: Tensor[]) => tf.gather(tf.tanh(x), ids as Tensor1D)
    const f = (x: Tensor, W: Tensor) => recompute(pick, x, {parameters: [W], shared: [ids, tf.scalar(1)]})
    const [dx, dW] = tf.grads(f)([x, W], dy)
    const expected = tf.grad(x => tf.gather(tf.tanh(x), ids))(x, dy)
    return {dx, dW, expected}
  }
  const given = {x: normals([2, 3], random(1)), dy: normals([3, 3], random(2)), W: normals([4], random(3))}
  for (const engine of [JS, ONNX]) {
    const {dx, dW, expected} = await run(engine, unused, given)
    expect(relativeError(dx, expected)).toBeLessThan(1e-6)
    expect(dW).toEqual(new Float32Array(4))
  }
})

test('a block inside a block is computed again as well', async () => {
  const nested = (again: boolean) => (inputs: Inputs) => {
    const {x, dy, up0, down0, up1, down1, shift} = inputs
    const inner = (x: Tensor, [up, down]: Tensor[]) =>
      again ? recompute(block, x, {parameters: [up, down], shared: [shift]}) : block(x, [up, down], [shift])
    const outer = (x: Tensor, [up0, down0, up1, down1]: Tensor[]) => inner(inner(x, [up0, down0]), [up1, down1])
    const f = (x: Tensor, ...parameters: Tensor[]) =>
      again ? recompute(outer, x, {parameters, shared: []}) : outer(x, parameters)
    const [dx, ...rest] = tf.grads(f)([x, up0, down0, up1, down1], dy)
    return {dx, ...Object.fromEntries(rest.entries())}
  }
  for (const engine of [JS, ONNX]) {
    const [kept, again] = [await run(engine, nested(false), feeds), await run(engine, nested(true), feeds)]
    for (const name of Object.keys(kept)) expect(relativeError(again[name], kept[name]), name).toBeLessThan(1e-6)
  }
})
