import {expect, test} from 'vitest'
import {normals, stored} from '../../../test/models/adapters.ts'
import {random} from '../../tensor/random.ts'
import {tf} from '../../tensor/tf.ts'
import '../onnx.ts' // brings the gradients
import type {Step} from '../program.ts'
import {trace} from '../trace.ts'
import {concatenateAsRecorded} from './concat-order.ts'
import {tracing} from './lowering.ts'

const weights = {w: stored(normals([2], random(1)))}
const inputs = {x: {dtype: 'float32', shape: [3]}} as const

test('vectors are concatenated in recorded order, what is not computed first, and it is returned where each belongs', () => {
  const step: Step = ({x}, {w}) => {
    const first = tf.exp(x)
    return {y: tf.concat([tf.tanh(first), w, first])}
  }
  const {nodes: recorded, ends} = trace(step, {inputs, weights, ...tracing(false)})
  const {nodes, operands} = concatenateAsRecorded(recorded, ends.outputs)
  const concat = nodes.at(-1)
  expect(concat?.op).toBe('Concat')
  expect(concat?.inputs.map(value => (value.kind === 'node' ? value.node.op : value.kind))).toEqual([
    'weight',
    'Exp',
    'Tanh',
  ])
  expect([...operands.values()]).toEqual([
    [
      {target: 12, source: 0, bytes: 8},
      {target: 20, source: 8, bytes: 12},
      {target: 0, source: 20, bytes: 12},
    ],
  ])
})

test('other concatenations stay as they are', () => {
  const step: Step = ({x}) => {
    const [first, last] = [tf.exp(x), tf.tanh(x)]
    return {y: tf.neg(tf.concat([last, first])), rows: tf.concat([tf.reshape(last, [1, 3]), tf.reshape(first, [1, 3])])}
  }
  const {nodes, ends} = trace(step, {inputs, weights, ...tracing(false)})
  const {nodes: same, operands} = concatenateAsRecorded(nodes, ends.outputs)
  expect(same).toEqual(nodes)
  expect(operands.size).toBe(0)
})
