import {expect, test} from 'vitest'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {attached} from './attach.ts'
import {buildAdapter} from './index.ts'
import {plan} from './plan.ts'

const shapes = {
  'model.layers.0.self_attn.q_proj.weight': [8, 8],
  'model.layers.0.mlp.up_proj.weight': [12, 8],
}
const lora = buildAdapter({method: 'lora', rank: 2, alpha: 4})

test('an adapted path is multiplied by its adapter, from its own tensors; other paths by nothing', () => {
  const named = (name: string) => ({name, shape: [3, 8]}) as unknown as Tensor
  const seen: unknown[] = []
  const forward: typeof lora.forward = (x, at, pass) => {
    seen.push(x, at, pass)
    return x
  }
  const passAt = (path: string, rows: number) => ({rate: 0.5, drawn: {rows: named(`${path} ${rows}`)}})
  const layerAt = attached(plan({shapes}, {adapter: {...lora, forward}, targets: ['up_proj']}), passAt)
  const path = 'model.layers.0.mlp.up_proj'
  const weight = named('W')
  const lora_A = named('A')
  const lora_B = named('B')
  const tensors = {
    [`${path}.weight`]: weight,
    [`${path}.trainable.lora_A`]: lora_A,
    [`${path}.trainable.lora_B`]: lora_B,
  }
  const x = named('x') as Tensor2D
  expect(layerAt('model.layers.0.self_attn.q_proj', tensors)).toBeUndefined()
  expect(layerAt(path, tensors)?.project(x)).toBe(x)
  expect(seen.slice(0, 2)).toEqual([x, {weight, lora_A, lora_B}])
  expect(seen[2]).toEqual(passAt(path, 3))
})
