import {expect, test} from 'vitest'
import {relativeError} from '../../test/models/adapters.ts'
import {JS, ONNX, run} from '../../test/models/engines.ts'
import {FUSED_KERNELS, floats, ints, KERNEL_CASES} from '../../test/models/kernel-cases.ts'
import {type Tensor, tf} from '../tensor/tf.ts'
import {KERNELS} from './kernels.ts'
import type {Shape} from './program.ts'

for (const [kernel, cases] of Object.entries(KERNEL_CASES)) {
  test(`${kernel} computes what TensorFlow.js’ own kernel does`, async () => {
    for (const [i, {f, of}] of cases.entries()) {
      const feeds = Object.fromEntries(of.map((numbers, i) => [`x${i}`, numbers]))
      const shapes: Shape[][] = []
      const step = (inputs: Readonly<Record<string, Tensor>>) => {
        const results = [f(...Object.values(inputs))].flat()
        shapes.push(results.map(result => result.shape))
        return Object.fromEntries(results.map((result, i) => [`y${i}`, result]))
      }
      const expected = await run(JS, step, feeds)
      const found = await run(ONNX, step, feeds)
      expect(shapes[1], `case ${i}`).toEqual(shapes[0])
      for (const name of Object.keys(expected)) {
        expect(found[name].constructor, `case ${i}`).toBe(expected[name].constructor)
        if (expected[name] instanceof Float32Array) {
          expect(relativeError(found[name], expected[name]), `case ${i}`).toBeLessThan(2e-6)
        } else expect(found[name], `case ${i}`).toEqual(expected[name])
      }
    }
  })
}

test('every row of the table is tested', () => {
  expect(Object.keys(KERNEL_CASES).concat(FUSED_KERNELS).sort()).toEqual(Object.keys(KERNELS).sort())
})

test('a gather with batch dimensions is refused', async () => {
  const step = ({x, ids}: Readonly<Record<string, Tensor>>) => ({y: tf.gather(x, ids, 1, 1)})
  await expect(run(ONNX, step, {x: floats(2, 4), ids: ints([2, 2], 0, 1, 2, 3)})).rejects.toThrow(
    'GatherV2: batch dimensions are not supported: 1',
  )
})
