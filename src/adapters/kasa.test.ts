import {expect, test} from 'vitest'
import {type Numbers, normals, relativeError} from '../../test/models/adapters.ts'
import {ONNX, run} from '../../test/models/engines.ts'
import type {Named} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {addAll, type Tensor, tf} from '../tensor/tf.ts'
import {prepareOne} from './adapter.ts'
import {buildKasa, type KasaSettings} from './kasa.ts'

const SETTINGS = {rank: 3, alpha: 6}

/** What the penalties add to gradients that are 1. */
async function added(settings: KasaSettings, at: Named<Numbers>): Promise<Named<Float32Array>> {
  const adapter = buildKasa(settings)
  const names = Object.keys(at) as (keyof typeof at)[]
  const step = (tensors: Named<Tensor>) => {
    const total = (...values: Tensor[]) => {
      const own = Object.fromEntries(names.map((name, i) => [name, values[i]]))
      return addAll(Object.values(prepareOne(adapter, own)).map(x => tf.sum(x)))
    }
    const gradients = tf.grads(total)(names.map(name => tensors[name]))
    return Object.fromEntries(names.map((name, i) => [name, tf.sub(gradients[i], 1)]))
  }
  return (await run(ONNX, step, at)) as Named<Float32Array>
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
  const B = split(at.B, 3)
  const columns = B[0].map((_, j) => B.map(row => row[j]))
  const lambda = Array.from(at.diag).reduce((sum, value) => sum + value * value, 0)
  return beta * lambda + gamma * (fromOrthonormal(split(at.A, 5)) + fromOrthonormal(columns))
}

test.each([
  {beta: 0.3, gamma: 0},
  {beta: 0, gamma: 0.7},
  {beta: 0.3, gamma: 0.7},
])('the gradients that are added are those of the penalty: %o', async weights => {
  const at: Named<Numbers> = {
    lora_A: normals([3, 5], random(7)),
    lora_B: normals([7, 3], random(8)),
    lora_diag: normals([3], random(9)),
  }
  const found = await added({...SETTINGS, ...weights}, at)
  for (const [name, {data}] of Object.entries(at)) {
    const slopes = Array.from(data, (_, i) => {
      const shifted = (step: number) => {
        const moved = Float64Array.from(data)
        moved[i] += step
        return penalty(weights, {A: at.lora_A.data, B: at.lora_B.data, diag: at.lora_diag.data, [name.slice(5)]: moved})
      }
      return (shifted(1e-4) - shifted(-1e-4)) / 2e-4
    })
    if (slopes.every(slope => slope === 0)) expect(found[name], name).toEqual(new Float32Array(slopes.length))
    else expect(relativeError(found[name], slopes), name).toBeLessThan(1e-3)
  }
})

test('orthonormal rows and columns have no penalty, and a finite gradient', async () => {
  const identity = (rows: number, columns: number): Numbers => {
    const data = Float32Array.from({length: rows * columns}, (_, i) => Number(Math.floor(i / columns) === i % columns))
    return {shape: [rows, columns], data}
  }
  const at = {lora_A: identity(3, 5), lora_B: identity(7, 3), lora_diag: normals([3], random(9))}
  const found = await added({...SETTINGS, gamma: 1}, at)
  expect([...found.lora_A, ...found.lora_B].every(value => value === 0)).toBe(true)
})
