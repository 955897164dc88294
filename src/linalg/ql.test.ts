import {expect, test} from 'vitest'
import {random} from '../tensor/random.ts'
import {ql} from './ql.ts'

const rising = (values: Float64Array) => values.slice().sort()

test('the second difference has its known eigenvalues', () => {
  const n = 100
  const d = new Float64Array(n).fill(2)
  const e = new Float64Array(n).fill(-1)
  e[n - 1] = 0
  expect([...ql(d, e)].length).toBeGreaterThan(n / 2)

  const expected = Float64Array.from({length: n}, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))
  const found = rising(d)
  for (let k = 0; k < n; k++) expect(Math.abs(found[k] - expected[k])).toBeLessThan(1e-14)
})

test('a diagonal matrix takes no rotation', () => {
  const d = Float64Array.of(3, 0, -2, 0)
  expect([...ql(d, new Float64Array(4))]).toEqual([])
  expect(d).toEqual(Float64Array.of(3, 0, -2, 0))
})

test('two by two: the rotation turns the matrix diagonal', () => {
  const d = Float64Array.of(1, 3)
  const e = Float64Array.of(1, 0)
  const [{first, cos, sin}, ...others] = [...ql(d, e)]
  expect([first, cos.length, others.length]).toEqual([0, 1, 0])
  const v = [cos[0], -sin[0]] // what becomes of the first unit vector
  expect(v[0] * 1 + v[1] * 1).toBeCloseTo(d[0] * v[0], 14)
  expect(v[0] * 1 + v[1] * 3).toBeCloseTo(d[0] * v[1], 14)
})

test('large values next to rounding noise converge in either order', () => {
  const source = random(0)
  for (const turned of [false, true]) {
    const d = Float64Array.from({length: 60}, (_, i) => source.normal() * ((turned ? 59 - i : i) < 5 ? 1 : 1e-17))
    const e = Float64Array.from(d, () => source.normal() * 1e-17)
    e[59] = 0
    const diagonal = d.slice()
    expect([...ql(d, e)]).toEqual([]) // all couplings are noise
    expect(d).toEqual(diagonal)
  }
})
