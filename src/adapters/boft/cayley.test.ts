import {expect, test} from 'vitest'
import {normals, relativeError} from '../../../test/models/adapters.ts'
import {expectGradients, JS, ONNX, run} from '../../../test/models/engines.ts'
import {random} from '../../tensor/random.ts'
import {cayley} from './cayley.ts'

const K = 3

for (const engine of [JS, ONNX]) {
  for (const b of [1, 2, 3, 8, 16]) {
    for (const scale of [0.1, 30]) {
      test(`Q (I + S) = I − S for blocks of ${b}, of size ${scale}, on the ${engine.name} engine`, async () => {
        const {data, shape} = normals([K, b, b], random(b))
        const A = {shape, data: data.map(value => scale * value)}
        const {Q} = await run(engine, ({A}) => ({Q: cayley(A)}), {A})
        for (let k = 0; k < K; k++) {
          const of = (from: Float32Array, i: number, j: number) => from[(k * b + i) * b + j]
          const S = (i: number, j: number) => (of(A.data, i, j) - of(A.data, j, i)) / 2
          const sides = Array.from({length: b * b}, (_, at) => {
            const [i, j] = [Math.floor(at / b), at % b]
            let left = 0
            for (let t = 0; t < b; t++) left += of(Q as Float32Array, i, t) * (Number(t === j) + S(t, j))
            return [left, Number(i === j) - S(i, j)]
          })
          const error = relativeError(
            sides.map(([left]) => left),
            sides.map(([, right]) => right),
          )
          expect(error).toBeLessThan(1e-5)
        }
      })
    }
  }
}

test('the gradients are the differences, on both engines', async () => {
  await expectGradients(A => cayley(A), [normals([2, 3, 3], random(1))])
})
