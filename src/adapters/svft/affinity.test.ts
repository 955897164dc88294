import {expect, test} from 'vitest'
import {normals, relativeError, stored, timesTransposed} from '../../../test/models/adapters.ts'
import {random} from '../../tensor/random.ts'
import {affinity} from './affinity.ts'

for (const n of [1, 2, 5, 8, 11]) {
  test(`the code's rule takes rows of U, the paper's columns, with the columns of V, n = ${n}`, async () => {
    const [u, v] = [normals([n, n], random(1)), normals([n, n], random(2))]
    const turned = u.data.map((_, i) => u.data[(i % n) * n + Math.floor(i / n)])
    const factors = {u: stored(u), v: stored(v)}
    expect(relativeError(await affinity('code', factors), timesTransposed(u.data, v.data, n))).toBeLessThan(1e-6)
    expect(relativeError(await affinity('paper', factors), timesTransposed(turned, v.data, n))).toBeLessThan(1e-6)
  })
}

test('the scores of a weight that is not square are its square factor', async () => {
  const [square, wide, tall] = [
    [3, 3],
    [3, 5],
    [5, 3],
  ].map((shape, seed) => normals(shape, random(seed)))
  expect(await affinity('code', {u: stored(square), v: stored(wide)})).toEqual(square.data)
  expect(await affinity('code', {u: stored(tall), v: stored(square)})).toEqual(square.data)
})
