import {expect, test} from 'vitest'
import {Fault} from '../engine/fault.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {buildAdapter} from './index.ts'
import {attached, plan} from './plan.ts'

const shapes = {
  'model.embed_tokens.weight': [50, 8],
  'model.layers.0.self_attn.q_proj.weight': [8, 8],
  'model.layers.0.self_attn.q_proj.bias': [8],
  'model.layers.0.mlp.up_proj.weight': [12, 8],
  'model.layers.0.mlp.big_up_proj.weight': [12, 8],
  'model.layers.0.norm.weight': [8],
  'model.layers.1.self_attn.q_proj.weight': [8, 8],
  'model.layers.1.mlp.up_proj.weight': [12, 8],
}
const lora = buildAdapter({method: 'lora', rank: 2, alpha: 4})
const svft = buildAdapter({method: 'svft', pattern: 'banded', diagonals: 1, gate: true})
const paths = (targets: readonly string[]) => plan(shapes, {adapter: lora, targets}).modules.map(({path}) => path)

test('a target is the end of a path, cut at its dots', () => {
  expect(paths(['up_proj'])).toEqual(['model.layers.0.mlp.up_proj', 'model.layers.1.mlp.up_proj'])
  expect(paths(['0.self_attn.q_proj', 'mlp.big_up_proj'])).toEqual([
    'model.layers.0.self_attn.q_proj',
    'model.layers.0.mlp.big_up_proj',
  ])
})

test('as a substring a target hits every path that contains it', () => {
  const hit = (targets: readonly string[]) =>
    plan(shapes, {adapter: lora, targets, match: 'substring'}).modules.map(({path}) => path)
  expect(hit(['up_proj'])).toEqual([
    'model.layers.0.mlp.up_proj',
    'model.layers.0.mlp.big_up_proj',
    'model.layers.1.mlp.up_proj',
  ])
  expect(hit(['1.self', 'big'])).toEqual(['model.layers.0.mlp.big_up_proj', 'model.layers.1.self_attn.q_proj'])
  expect(() => hit(['up_porj'])).toThrow(
    'adapter.targets: no module of the model has in its path up_porj; did you mean up_proj? modules end in',
  )
})

test('modules stand in the model’s order, each once, whatever targets say', () => {
  expect(paths(['up_proj', 'q_proj', 'mlp.up_proj'])).toEqual([
    'model.layers.0.self_attn.q_proj',
    'model.layers.0.mlp.up_proj',
    'model.layers.1.self_attn.q_proj',
    'model.layers.1.mlp.up_proj',
  ])
})

test('what trains is counted: LoRA r (out + in) a weight, SVFT its band and a gate', () => {
  expect(plan(shapes, {adapter: lora, targets: ['q_proj', 'up_proj']}).count).toBe(2 * (2 * 16 + 2 * 20))
  const {count, trainable} = plan(shapes, {adapter: svft, targets: ['up_proj']})
  expect(count).toBe(2 * (8 + 2 * 7 + 1))
  expect(trainable).toEqual({
    'model.layers.0.mlp.up_proj.trainable.s': [22],
    'model.layers.0.mlp.up_proj.trainable.gate': [1],
    'model.layers.1.mlp.up_proj.trainable.s': [22],
    'model.layers.1.mlp.up_proj.trainable.gate': [1],
  })
})

test('tensors that train whole go by their own names; nothing trains where nothing is asked', () => {
  const {trainable, count, modules} = plan(shapes, {whole: ['model.layers.0.norm.weight']})
  expect({trainable, count, modules}).toEqual({trainable: {'model.layers.0.norm.weight': [8]}, count: 8, modules: []})
  expect(plan(shapes, {}).count).toBe(0)
})

test.each([
  ['q_porj', 'ends in q_porj; did you mean q_proj? modules end in embed_tokens, q_proj, up_proj, big_up_proj'],
  ['mlp.q_proj', 'ends in mlp.q_proj; did you mean q_proj? modules end in'],
  ['norm', 'ends in norm; modules end in'], // a gain is no matrix
  ['proj', 'ends in proj; '],
])('a target that matches nothing is refused: %s', (target, message) => {
  const planned = () => plan(shapes, {adapter: lora, targets: ['q_proj', target]})
  expect(planned).toThrow(Fault)
  expect(planned).toThrow(`adapter.targets: no module of the model ${message}`)
})

test('a weight that a method cannot take is named', () => {
  const wide = buildAdapter({method: 'svft', pattern: 'topk', diagonals: 1, topk: 'paper'})
  expect(() => plan(shapes, {adapter: wide, targets: ['up_proj']})).toThrow(
    "model.layers.0.mlp.up_proj: svft topk by the paper's rule needs a square weight: 12 × 8",
  )
})

test('an adapted path is multiplied by its adapter, from its own tensors; other paths by nothing', () => {
  const named = (name: string) => ({name}) as unknown as Tensor
  const seen: unknown[] = []
  const forward: typeof lora.forward = (x, at, pass) => {
    seen.push(x, at, pass)
    return x
  }
  const project = attached(plan(shapes, {adapter: {...lora, forward}, targets: ['up_proj']}), path => ({
    drop: () => named(path),
  }))
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
  expect(project('model.layers.0.self_attn.q_proj', tensors)).toBeUndefined()
  expect(project(path, tensors)?.(x)).toBe(x)
  expect(seen.slice(0, 2)).toEqual([x, {weight, lora_A, lora_B}])
  expect((seen[2] as {drop(x: Tensor): unknown}).drop(x)).toEqual({name: path})
})
