import {expect, test} from 'vitest'
import '../tensor/gradients.ts'
import {Fault} from '../base/fault.ts'
import {type Tensor, type Tensor1D, tf} from '../tensor/tf.ts'
import {openChecker, type RunSample, sampleRunner} from './checker.ts'
import type {Step} from './program.ts'
import {trace} from './trace.ts'

const step: Step = ({x, ids}, {W}) => {
  const rows = tf.gather(W, ids) // (3, 4)
  const loss = (x: Tensor) => tf.sum(tf.log(tf.softmax(tf.matMul(tf.tanh(x), rows, false, true))))
  return {grad: tf.grad(loss)(x), counts: tf.unsortedSegmentSum(rows, ids as Tensor1D, 1000)}
}
const {nodes} = trace(step, {
  inputs: {x: {dtype: 'float32', shape: [2, 4]}, ids: {dtype: 'int32', shape: [3]}},
  weights: {W: {dtype: 'float16', shape: [1000, 4], at: {file: '/nowhere', offset: 0, bytes: 8000}}},
})
const cpu = sampleRunner('cpu')

test('a device that answers as the CPU does passes, and is asked once', async () => {
  let asked = 0
  const checker = openChecker('webgpu', sample => {
    asked++
    expect(sample.of.length).toBeGreaterThan(8)
    return cpu(sample)
  })
  await checker.check(nodes)
  await checker.check(nodes)
  expect(asked).toBe(1)
})

test.each(['Gemm', 'Softmax', 'ScatterND', 'Gather', 'Tanh'])(
  'a device that computes %s wrongly is refused',
  async op => {
    const wrong: RunSample = async sample => {
      const results = await cpu(sample)
      return results.map((numbers, i) => {
        if (!sample.of[i].description.startsWith(op)) return numbers
        const changed = Float32Array.from(numbers as Float32Array)
        changed[changed.length - 1] += 0.1 * Math.max(...changed.map(Math.abs))
        return changed
      })
    }
    const failure = openChecker('webgpu', wrong).check(nodes)
    await expect(failure).rejects.toThrow(Fault)
    await expect(failure).rejects.toThrow(
      new RegExp(`^device webgpu computes ${op} of [a-z0-9]+ \\[.*\\] wrongly: relative error [\\d.e-]+`),
    )
  },
)

test('what is no number is wrong', async () => {
  const nothing: RunSample = async sample =>
    (await cpu(sample)).map(({length}) => new Float32Array(length).fill(Number.NaN))
  await expect(openChecker('webgpu', nothing).check(nodes)).rejects.toThrow('wrongly: relative error Infinity')
})

test('an op that a device has not is named', async () => {
  const lacking: RunSample = async sample => {
    if (sample.of.some(({description}) => description.startsWith('Tanh')))
      throw new Error(
        'This session contains graph nodes that are assigned to the default CPU EP, but fallback is disabled',
      )
    return cpu(sample)
  }
  await expect(openChecker('webgpu', lacking).check(nodes)).rejects.toThrow(
    'device webgpu has no kernel for Tanh of float32 [2,4]; choose device: cpu',
  )
})
