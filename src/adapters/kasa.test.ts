import {expect, test} from 'vitest'
import {apply, type Case, ENGINES, knownOrigin, normals, relativeError} from '../../test/models/adapters.ts'
import type {Named} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {buildKasa, type KasaSettings} from './kasa.ts'

const SETTINGS = {rank: 3, alpha: 6}
const WEIGHT = [7, 5] as const

async function gradients(settings: KasaSettings, moved: Named<Float32Array>): Promise<Named<Float32Array>> {
  const adapter = buildKasa(settings)
  const {frozen} = await adapter.init(knownOrigin(WEIGHT, random(1)), random(2))
  const {trainable} = adapter.shapes(WEIGHT)
  const given: Case = {
    x: normals([6, 5], random(5)),
    dy: normals([6, 7], random(6)),
    trainable: Object.fromEntries(
      Object.entries(trainable).map(([name, {shape}]) => [name, {shape, data: moved[name]}]),
    ),
    frozen,
  }
  return (await apply(ENGINES[1], adapter, given)) as Named<Float32Array>
}

/** ‖M − I‖ of the products of the rows, where M[i][j] = ⟨rowᵢ, rowⱼ⟩. */
function fromOrthonormal(rows: readonly (readonly number[])[]): number {
  let sum = 0
  for (const [i, a] of rows.entries()) {
    for (const [j, b] of rows.entries()) {
      const product = a.reduce((total, value, k) => total + value * b[k], 0)
      sum += (product - Number(i === j)) ** 2
    }
  }
  return Math.sqrt(sum)
}

const split = (values: ArrayLike<number>, length: number) =>
  Array.from({length: values.length / length}, (_, i) => Array.from(values).slice(i * length, (i + 1) * length))

/** β ‖λ‖² + γ (‖A Aᵀ − I‖ + ‖BᵀB − I‖). */
function penalty({beta, gamma}: Required<Pick<KasaSettings, 'beta' | 'gamma'>>, at: Named<ArrayLike<number>>): number {
  const B = split(at.lora_B, 3)
  const columns = B[0].map((_, j) => B.map(row => row[j]))
  const lambda = Array.from(at.lora_diag).reduce((sum, value) => sum + value * value, 0)
  return beta * lambda + gamma * (fromOrthonormal(split(at.lora_A, 5)) + fromOrthonormal(columns))
}

test.each([
  {beta: 0.3, gamma: 0},
  {beta: 0, gamma: 0.7},
  {beta: 0.3, gamma: 0.7},
])('training minimizes the penalties too: %o', async weights => {
  const moved: Record<string, Float32Array> = {
    lora_A: normals([3, 5], random(7)).data,
    lora_B: normals([7, 3], random(8)).data,
    lora_diag: normals([3], random(9)).data,
  }
  const [plain, penalized] = [await gradients(SETTINGS, moved), await gradients({...SETTINGS, ...weights}, moved)]
  expect(penalized.y).toEqual(plain.y)
  for (const name of Object.keys(moved)) {
    const added = Array.from(penalized[`grad.${name}`], (value, i) => value - plain[`grad.${name}`][i])
    const slopes = Array.from(moved[name], (_, i) => {
      const shifted = (step: number) => {
        const data = Float64Array.from(moved[name])
        data[i] += step
        return penalty(weights, {...moved, [name]: data})
      }
      return (shifted(1e-4) - shifted(-1e-4)) / 2e-4
    })
    if (slopes.every(slope => slope === 0)) expect(Math.max(...added.map(Math.abs)), name).toBe(0)
    else expect(relativeError(added, slopes), name).toBeLessThan(1e-3)
  }
})

test('rows that are orthonormal have no penalty, and a finite gradient', async () => {
  const identity = (rows: number, columns: number) =>
    Float32Array.from({length: rows * columns}, (_, i) => Number(Math.floor(i / columns) === i % columns))
  const start = {lora_A: identity(3, 5), lora_B: identity(7, 3), lora_diag: Float32Array.of(1, 2, 3)}
  const [plain, penalized] = [await gradients(SETTINGS, start), await gradients({...SETTINGS, gamma: 1}, start)]
  for (const name of Object.keys(start)) expect(penalized[`grad.${name}`]).toEqual(plain[`grad.${name}`])
})
