import {expect, test} from 'vitest'
import {ENGINES, normals, relativeError, timesTransposed} from '../../../test/models/adapters.ts'
import type {Engine, Named} from '../../engine/program.ts'
import {random} from '../../tensor/random.ts'
import {recompute} from '../../tensor/recompute.ts'
import {type Tensor1D, type Tensor2D, tf} from '../../tensor/tf.ts'
import {bandProduct, bandWidth} from './band.ts'
import {bandedPositions} from './pattern.ts'

const N = 5
const SIZES = [
  {n: 13, d: 1, block: 4},
  {n: 13, d: 2, block: 4},
  {n: 12, d: 0, block: 4},
  {n: 12, d: 3, block: 2},
  {n: 9, d: 4, block: 3},
  {n: 6, d: 9, block: 2},
  {n: 1, d: 1, block: 4},
]

type Product = (h: Tensor2D, entries: Tensor1D) => Tensor2D

for (const {n, d, block} of SIZES) {
  for (const transposed of [false, true]) {
    for (const engine of ENGINES) {
      const title = `h C${transposed ? 'ᵀ' : ''} of a band ${n} wide, d = ${d}, in blocks of ${block}`
      const band = {n, d, positions: bandedPositions([n, n], d)}
      const inBlocks: Product = (h, entries) => bandProduct(h, entries, {band, transposed, block})

      test(`${title} and its gradients equal the dense ones, on the ${engine.name} engine`, async () => {
        const {z, dh, dNumbers} = await run(engine, inBlocks, {n, k: band.positions.rows.length})
        const {rows, columns} = band.positions
        const [C, CT] = [new Float64Array(n * n), new Float64Array(n * n)]
        entries(band.positions.rows.length).forEach((value, q) => {
          C[rows[q] * n + columns[q]] = value
          CT[columns[q] * n + rows[q]] = value
        })
        expect(relativeError(z, timesTransposed(h(n), transposed ? C : CT, n))).toBeLessThan(1e-6)
        expect(relativeError(dh, timesTransposed(dz(n), transposed ? CT : C, n))).toBeLessThan(1e-6)
        const [outer, inner] = transposed ? [dz(n), h(n)] : [h(n), dz(n)]
        const dC = rows.reduce<number[]>((all, row, q) => {
          let sum = 0
          for (let i = 0; i < N; i++) sum += outer[i * n + row] * inner[i * n + columns[q]]
          all.push(sum)
          return all
        }, [])
        expect(relativeError(dNumbers, dC)).toBeLessThan(1e-6)
      })
    }
  }
}

for (const engine of ENGINES) {
  test(`a block that is computed again has the same gradients, on the ${engine.name} engine`, async () => {
    const band = {n: 13, d: 2, positions: bandedPositions([13, 13], 2)}
    const size = {n: 13, k: band.positions.rows.length}
    const once: Product = (h, entries) => bandProduct(h, entries, {band, transposed: true, block: 4})
    const again: Product = (h, entries) =>
      recompute((h, [entries]) => once(h as Tensor2D, entries as Tensor1D), h, {
        parameters: [entries],
        shared: [],
      }) as Tensor2D
    expect(await run(engine, again, size)).toEqual(await run(engine, once, size))
  })
}

test('entries at one position add up', async () => {
  const positions = {rows: Int32Array.of(0, 2, 2), columns: Int32Array.of(0, 1, 1)}
  const product: Product = (h, entries) =>
    bandProduct(h, entries, {band: {n: 3, d: 1, positions}, transposed: true, block: 1})
  const [{z, dNumbers}, given] = [await run(ENGINES[0], product, {n: 3, k: 3}), entries(3)]
  expect(z[2]).toBeCloseTo((given[1] + given[2]) * h(3)[1], 5)
  expect(dNumbers[1]).toBe(dNumbers[2])
})

test('a product reads one block and d columns on each side of it', () => {
  expect(bandWidth(768, 16)).toBe(160)
  expect(bandWidth(100, 16)).toBe(100)
})

const h = (n: number) => normals([N, n], random(1)).data
const dz = (n: number) => normals([N, n], random(2)).data
const entries = (k: number) => normals([k], random(3)).data

async function run(engine: Engine, product: Product, {n, k}: {n: number; k: number}): Promise<Named<Float32Array>> {
  const program = await engine.compile(
    ({h, entries, dz}) => {
      const [dh, dNumbers] = tf.grads((h, entries) => product(h as Tensor2D, entries as Tensor1D))([h, entries], dz)
      return {z: product(h as Tensor2D, entries as Tensor1D), dh, dNumbers}
    },
    {
      inputs: {
        h: {dtype: 'float32', shape: [N, n]},
        entries: {dtype: 'float32', shape: [k]},
        dz: {dtype: 'float32', shape: [N, n]},
      },
      weights: {},
    },
  )
  const results = await program.run({h: h(n), entries: entries(k), dz: dz(n)})
  await program.dispose()
  return results as Named<Float32Array>
}
