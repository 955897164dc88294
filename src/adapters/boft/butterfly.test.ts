import {expect, test} from 'vitest'
import {normals, relativeError} from '../../../test/models/adapters.ts'
import {expectGradients, JS, ONNX, run, traced} from '../../../test/models/engines.ts'
import type {Named} from '../../engine/program.ts'
import {random} from '../../tensor/random.ts'
import {type Tensor, type Tensor2D, tf} from '../../tensor/tf.ts'
import {type Butterfly, blockProduct, butterflyOrder, butterflyProduct} from './butterfly.ts'

test('a factor takes the even groups of each window first, then the odd ones', () => {
  const half = [0, 1, 4, 5, 2, 3, 6, 7]
  expect([...butterflyOrder({n: 16, b: 4}, 0)]).toEqual(Array.from({length: 16}, (_, i) => i))
  expect([...butterflyOrder({n: 16, b: 4}, 1)]).toEqual([...half, ...half.map(i => i + 8)])
  expect([...butterflyOrder({n: 32, b: 4}, 2)].slice(0, 16)).toEqual([
    0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15,
  ])
  expect([...butterflyOrder({n: 16, b: 2}, 1)].slice(0, 4)).toEqual([0, 2, 1, 3])
})

/** The product of the whole n × n factors, each P blockdiag(Q) Pᵀ, in double precision. */
function dense(Q: Float32Array, {n, b, m}: Butterfly): number[] {
  let R = Array.from({length: n * n}, (_, at) => Number(at % (n + 1) === 0))
  for (let i = 0; i < m; i++) {
    const order = butterflyOrder({n, b}, i)
    const entry = (row: number, column: number) => {
      const [p, q] = [order[row], order[column]]
      const block = Math.floor(p / b)
      return block === Math.floor(q / b) ? Q[((i * (n / b) + block) * b + (p % b)) * b + (q % b)] : 0
    }
    const next = Array<number>(n * n).fill(0)
    for (let row = 0; row < n; row++)
      for (let k = 0; k < n; k++)
        for (let column = 0; column < n; column++) next[row * n + column] += entry(row, k) * R[k * n + column]
    R = next
  }
  return R
}

for (const butterfly of [
  {n: 6, b: 1, m: 1},
  {n: 20, b: 4, m: 1},
  {n: 24, b: 2, m: 3},
  {n: 32, b: 4, m: 4}, // all places meet
  {n: 192, b: 8, m: 2}, // several windows a block
]) {
  for (const engine of [JS, ONNX]) {
    const {n, b, m} = butterfly
    test(`${m} factors of ${n} coordinates in blocks of ${b} equal the dense product, on the ${engine.name} engine`, async () => {
      const [Q, x] = [normals([m, n / b, b, b], random(1)), normals([3, n], random(2))]
      const R = dense(Q.data, butterfly)
      const {y, z} = await run(
        engine,
        ({Q, x}) => {
          const R = butterflyProduct(Q, butterfly)
          const [y, z] = [false, true].map(transposed => blockProduct(x as Tensor2D, R, {transposed}))
          return {y, z}
        },
        {Q, x},
      )
      const product = (turned: boolean) =>
        Array.from({length: 3 * n}, (_, at) => {
          const [row, column] = [Math.floor(at / n), at % n]
          let sum = 0
          for (let k = 0; k < n; k++) sum += x.data[row * n + k] * (turned ? R[column * n + k] : R[k * n + column])
          return sum
        })
      expect(relativeError(y, product(false))).toBeLessThan(1e-5)
      expect(relativeError(z, product(true))).toBeLessThan(1e-5)
    })
  }
}

test('three factors of the 24576 inputs of Gemma-7B’s down_proj fit in a step, and modules share the indices', () => {
  const butterfly = {n: 24576, b: 8, m: 3}
  const step = ({a, b}: Named<Tensor>) => ({
    y: tf.add(butterflyProduct(a, butterfly), butterflyProduct(b, butterfly)),
  })
  const {nodes} = traced(step, {a: [3, 3072, 8, 8], b: [3, 3072, 8, 8]})
  const indices = nodes.filter(({op}) => op === 'Gather').map(({inputs}) => inputs[1])
  expect(indices).toHaveLength(2)
  expect(new Set(indices).size).toBe(1)
})

test('the gradients are the differences, on both engines', async () => {
  const butterfly = {n: 8, b: 2, m: 2}
  const product = (x: Tensor, Q: Tensor) =>
    blockProduct(x as Tensor2D, butterflyProduct(Q, butterfly), {transposed: false})
  await expectGradients(product, [normals([2, 8], random(1)), normals([2, 4, 2, 2], random(2))])
})
