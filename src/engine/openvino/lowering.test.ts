import {expect, test} from 'vitest'
import {normals, stored} from '../../../test/models/adapters.ts'
import {random} from '../../tensor/random.ts'
import {type Tensor2D, tf} from '../../tensor/tf.ts'
import type {Value} from '../graph.ts'
import '../onnx.ts' // brings the gradients
import type {Step} from '../program.ts'
import {trace} from '../trace.ts'
import {tracing, withMatMuls} from './lowering.ts'

const weights = {W: stored(normals([5, 6], random(1))), b: stored(normals([5], random(2)))}
const inputs = {x: {dtype: 'float32', shape: [4, 6]}} as const

const nodesOf = (step: Step) => trace(step, {inputs, weights, ...tracing(false)}).nodes
const product = (x: unknown, W: unknown, transposed: boolean) =>
  tf.matMul(x as Tensor2D, W as Tensor2D, false, transposed)

test('a Gemm becomes a MatMul of transposed operands, and an Add', () => {
  const ops = (step: Step) => withMatMuls(nodesOf(step)).map(({op}) => op)
  expect(ops(({x}, {W}) => ({y: product(x, W, true)}))).toEqual(['Transpose', 'MatMul'])
  expect(ops(({x}, {W, b}) => ({y: tf.add(product(x, W, true), b)}))).toEqual(['Transpose', 'MatMul', 'Add'])
  const alpha: Step = ({x}, {W}) => ({y: product(tf.mul(x, 3), W, true)})
  expect(ops(alpha)).toEqual(nodesOf(alpha).map(({op}) => op))
})

test('their outputs stay, each operand is computed before, and no name occurs twice', () => {
  const nodes = nodesOf(({x}, {W, b}) => {
    const y = tf.add(product(x, W, true), b)
    return {y, z: product(y, W, false), w: tf.matMul(x as Tensor2D, y as Tensor2D, true)}
  })
  const replaced = withMatMuls(nodes)
  const named = (values: readonly Value[]) => values.flatMap(value => (value.kind === 'node' ? [value.name] : []))
  const computed = new Set<string>()
  for (const {inputs, outputs} of replaced) {
    for (const name of named(inputs)) expect(computed).toContain(name)
    for (const name of named(outputs)) expect(computed).not.toContain(name)
    for (const name of named(outputs)) computed.add(name)
  }
  for (const name of named(nodes.flatMap(({outputs}) => outputs))) expect(computed).toContain(name)
})
