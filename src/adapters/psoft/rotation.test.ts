import {expect, test} from 'vitest'
import {normals, relativeError, timesTransposed} from '../../../test/models/adapters.ts'
import {expectGradients, JS, ONNX, run, withRoundedProducts} from '../../../test/models/engines.ts'
import type {Step} from '../../engine/program.ts'
import {random} from '../../tensor/random.ts'
import {rotationsLessIdentity} from './rotation.ts'

const identity = (r: number) => Array.from({length: r * r}, (_, i) => Number(i % (r + 1) === 0))

/** The skew-symmetric Q with these entries above its diagonal, row by row. */
function skew(entries: ArrayLike<number>, r: number): number[] {
  const Q = new Array<number>(r * r).fill(0)
  let at = 0
  for (let i = 0; i < r; i++) {
    for (let j = i + 1; j < r; j++) {
      Q[i * r + j] = entries[at]
      Q[j * r + i] = -entries[at++]
    }
  }
  return Q
}

const transposed = (values: readonly number[], r: number) =>
  values.map((_, i) => values[(i % r) * r + Math.floor(i / r)])

for (const engine of [JS, ONNX]) {
  for (const r of [2, 3, 16, 40]) {
    // up to the norm for which R is exact
    for (const norm of [1e-3, 0.3, 4, 16, 256]) {
      test(`R is orthogonal and R (I − Q) = I + Q for Q of size ${r}, norm ${norm}, on the ${engine.name} engine`, async () => {
        const {data, shape} = normals([(r * (r - 1)) / 2], random(r))
        const scale = norm / Math.hypot(...skew(data, r))
        const entries = {shape: [1, ...shape], data: data.map(value => scale * value)}
        const {change} = await run(engine, ({entries}) => ({change: rotationsLessIdentity(entries, r)}), {entries})
        const I = identity(r)
        const R = I.map((value, i) => value + change[i])
        expect(relativeError(timesTransposed(R, R, r), I)).toBeLessThan(1e-4)
        const Q = skew(entries.data, r)
        const left = timesTransposed(
          R,
          transposed(
            I.map((value, i) => value - Q[i]),
            r,
          ),
          r,
        )
        expect(
          relativeError(
            left,
            I.map((value, i) => value + Q[i]),
          ),
        ).toBeLessThan(1e-5)
      })
    }
  }
}

test('a small change keeps its digits, which R itself would not', async () => {
  const entries = {shape: [1, 3], data: Float32Array.of(1e-8, 2e-8, -3e-8)}
  const {change} = await run(ONNX, ({entries}) => ({change: rotationsLessIdentity(entries, 3)}), {entries})
  expect(relativeError(change, skew([2e-8, 4e-8, -6e-8], 3))).toBeLessThan(1e-6)
})

test('R is orthogonal as far as products in bfloat16 allow, for small and large Q', async () => {
  for (const norm of [1e-3, 0.3, 4, 16, 64]) {
    const [r, draw] = [16, random(1)]
    const values = Float32Array.from({length: (r * (r - 1)) / 2}, () => draw.normal())
    const scale = norm / Math.hypot(...skew(values, r))
    const entries = {shape: [1, values.length], data: values.map(value => scale * value)}
    const step: Step = ({entries}) => ({change: rotationsLessIdentity(entries, r)})
    const {change} = await withRoundedProducts(() => run(JS, step, {entries}))
    const R = identity(r).map((value, i) => value + change[i])
    expect(relativeError(timesTransposed(R, R, r), identity(r)), `norm ${norm}`).toBeLessThan(0.05)
  }
})

test('the gradients are the differences, on both engines', async () => {
  await expectGradients(entries => rotationsLessIdentity(entries, 5), [normals([2, 10], random(1))])
})
