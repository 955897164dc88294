import {afterAll, expect, test} from 'vitest'
import {distance, gaussian} from '../../test/models/matrices.ts'
import {type Matrix, matrix, openGemm} from '../engine/gemm.ts'
import {random} from '../tensor/random.ts'
import type {RotationSweep} from './ql.ts'
import {rotate} from './rotations.ts'

const {gemm, dispose} = openGemm()
afterAll(dispose)

/** Sweeps over random ranges, empty ones among them. */
function randomSweeps(count: number, n: number): RotationSweep[] {
  const source = random(count, `${n}`)
  return Array.from({length: count}, () => {
    const first = source.int(n)
    const angles = Array.from({length: source.int(n - first)}, () => source.normal())
    return {first, cos: Float64Array.from(angles, Math.cos), sin: Float64Array.from(angles, Math.sin)}
  })
}

function oneByOne({rows, cols, data}: Matrix, sweeps: readonly RotationSweep[]): Matrix {
  const y = data.slice()
  for (const {first, cos, sin} of sweeps) {
    for (let i = cos.length - 1; i >= 0; i--) {
      const at = (first + i) * cols
      for (let k = at; k < at + cols; k++) {
        const x = y[k]
        y[k] = cos[i] * x - sin[i] * y[k + cols]
        y[k + cols] = sin[i] * x + cos[i] * y[k + cols]
      }
    }
  }
  return matrix(rows, cols, y)
}

test('batches of rotations equal the rotations one by one', async () => {
  for (const [count, n, cols] of [
    [1, 2, 3],
    [5, 40, 7],
    [64, 150, 20],
    [150, 90, 20],
    [200, 300, 30],
  ]) {
    const vectors = gaussian(n, cols)
    const sweeps = randomSweeps(count, n)
    const expected = oneByOne(vectors, sweeps)
    await rotate(vectors, sweeps, gemm)
    expect(distance(vectors, expected), `${count} sweeps over ${n} rows`).toBeLessThan(1e-12)
  }
})
