import {expect, test} from 'vitest'
import {normals, stored} from '../../../test/models/adapters.ts'
import {rmsNorm} from '../../tensor/fused.ts'
import {random} from '../../tensor/random.ts'
import {type Tensor2D, tf} from '../../tensor/tf.ts'
import type {Value} from '../value.ts'
import '../onnx.ts' // brings the gradients
import {type Step, size} from '../program.ts'
import {trace} from '../trace.ts'
import {forFrontEnd, hasFewRows, tracing} from './lowering.ts'
import {declareMatrices} from './matrices.ts'

const draw = random(1)
const weights = {
  W: stored(normals([5, 6], draw)),
  b: stored(normals([5], draw)),
  gain: stored(normals([6], draw)),
}
const inputs = {x: {dtype: 'float32', shape: [4, 6]}} as const

const nodesOf = (step: Step) => trace(step, {inputs, weights, ...tracing({dynamic: false})}).nodes
const product = (x: unknown, W: unknown, transposed: boolean) =>
  tf.matMul(x as Tensor2D, W as Tensor2D, false, transposed)

test('a Gemm becomes a MatMul of transposed operands, and an Add', () => {
  const ops = (step: Step) => forFrontEnd(nodesOf(step)).map(({op}) => op)
  expect(ops(({x}, {W}) => ({y: product(x, W, true)}))).toEqual(['Transpose', 'MatMul'])
  expect(ops(({x}, {W, b}) => ({y: tf.add(product(x, W, true), b)}))).toEqual(['Transpose', 'MatMul', 'Add'])
  const alpha: Step = ({x}, {W}) => ({y: product(tf.mul(x, 3), W, true)})
  expect(ops(alpha)).toEqual(nodesOf(alpha).map(({op}) => op))
})

test('norms of rows are written out, with one constant for their axes and one for each number', () => {
  const written = forFrontEnd(nodesOf(({x}, {gain}) => ({y: rmsNorm(rmsNorm(x, gain, 1e-6), gain, 1e-6)})))
  const each = ['Mul', 'ReduceMean', 'Add', 'Sqrt', 'Div', 'Mul', 'Mul']
  expect(written.map(({op}) => op)).toEqual([...each, ...each])
  const constants = written.flatMap(({inputs}) => inputs.filter(({kind}) => kind === 'constant'))
  expect(constants).toHaveLength(2 * 3)
  expect(new Set(constants).size).toBe(3)
})

test('their outputs stay, each operand is computed before, and no name occurs twice', () => {
  const nodes = nodesOf(({x}, {W, b}) => {
    const y = tf.add(product(x, W, true), b)
    const [w, v] = [tf.matMul(x as Tensor2D, y as Tensor2D, true), rmsNorm(y, b, 1e-6)]
    return {y, z: product(y, W, false), w, v}
  })
  const replaced = forFrontEnd(nodes)
  const named = (values: readonly Value[]) => values.flatMap(value => (value.kind === 'node' ? [value.name] : []))
  const computed = new Set<string>()
  for (const {inputs, outputs} of replaced) {
    for (const name of named(inputs)) expect(computed).toContain(name)
    for (const name of named(outputs)) expect(computed).not.toContain(name)
    for (const name of named(outputs)) computed.add(name)
  }
  for (const name of named(nodes.flatMap(({outputs}) => outputs))) expect(computed).toContain(name)
})

test('with a vector along the last axis, and no other, a batched product is computed on a matrix', () => {
  const axes = {row: [1, 1, 4], column: [1, 4, 1], each: [4, 1, 1]}
  for (const [name, shape] of Object.entries(axes)) {
    const inputs = {x: {dtype: 'float32', shape: [4, 4, 6]}, vector: {dtype: 'float32', shape}} as const
    const step: Step = ({x, vector}) => ({y: tf.mul(tf.matMul(x, x, false, true), vector)})
    const ops = trace(step, {inputs, weights: {}, ...tracing({dynamic: false})}).nodes.map(({op}) => op)
    expect(ops.includes('Reshape'), name).toBe(name === 'row')
  }
})

test('the mean of a batched product, times a row of the one text that there is, stays as it is', () => {
  const inputs = {x: {dtype: 'float32', shape: [1, 1, 6]}, k: {dtype: 'float32', shape: [1, 6, 6]}} as const
  const step: Step = ({x, k}) => ({y: tf.mul(tf.mean(tf.matMul(x, k), -1, true), x)})
  const reshapes = trace(step, {inputs, weights: {}, ...tracing({dynamic: false})}).nodes.filter(
    ({op}) => op === 'Reshape',
  )
  expect(reshapes.filter(({inputs: [x], outputs: [y]}) => size(x.shape) !== size(y.shape))).toEqual([])
})

test.each([
  [8, [6, 5], true],
  [9, [6, 5], false],
  [8, [6, 2 ** 14], false],
])('%i rows and a weight %j: constants multiply few rows is %s', (rows, shape, expected) => {
  const x = {dtype: 'float32', shape: [rows, 6]} as const
  const few = {dtype: 'float32', shape: [rows, 5]} as const
  const W = stored(normals(shape, random(1)))
  const nodes = (step: Step) => trace(step, {inputs: {x, few}, weights: {W}, ...tracing({dynamic: false})}).nodes
  expect(hasFewRows(nodes(({x}, {W}) => ({y: product(x, W, false)})))).toBe(expected)
  expect(hasFewRows(nodes(({x, few}) => ({y: tf.matMul(few as Tensor2D, x as Tensor2D, true)})))).toBe(false)
})

test('a sum with a large weight converts it as a vector, and products read it as it is', () => {
  const inputs = {x: {dtype: 'float32', shape: [64, 256]}} as const
  const weights = declareMatrices({W: stored(normals([256, 256], draw))})
  const step: Step = ({x}, {W}) => ({
    y: product(x, W, true),
    sum: tf.add(W, tf.matMul(x as Tensor2D, x as Tensor2D, true)),
  })
  const {nodes} = trace(step, {inputs, weights, ...tracing({dynamic: false})})
  const readers = nodes.filter(({inputs}) => inputs.some(({kind}) => kind === 'weight'))
  expect(readers.map(({op, outputs: [{shape}]}) => [op, shape])).toEqual([
    ['Cast', [256, 256]],
    ['Reshape', [256 ** 2]],
  ])
})
