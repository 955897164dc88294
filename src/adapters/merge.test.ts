import {expect, test} from 'vitest'
import {ENGINES, knownOrigin, relativeError, timesTransposed} from '../../test/models/adapters.ts'
import type {Data} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import type {Adapter} from './adapter.ts'
import {buildLora} from './lora.ts'
import {mergeModules} from './merge.ts'
import {fullNames, plan} from './plan.ts'
import {buildSvft} from './svft/build.ts'

const shapes = {'a.up.weight': [6, 4], 'a.norm.weight': [4], 'b.up.weight': [6, 4]}

/** A plan of the two modules, and every tensor of theirs with its shape, the trainables away from their start. */
async function planned(adapter: Adapter) {
  const found = plan({shapes}, {adapter, targets: ['up']})
  const named: Record<string, {data: Data; shape: readonly number[]}> = {}
  for (const module of found.modules) {
    const {path, weight} = module
    const origin = knownOrigin(weight, random(1).fork(path))
    const {frozen, trainable} = await adapter.init(origin, random(2).fork(path))
    const draw = random(3).fork(path)
    named[`${path}.weight`] = {data: await origin.weight(), shape: weight}
    for (const [name, {at, shape}] of Object.entries(fullNames(module, 'frozen', frozen))) {
      named[name] = {data: (at as {data: Data}).data, shape}
    }
    for (const [name, values] of Object.entries(fullNames(module, 'trainable', trainable))) {
      named[name] = {data: values.map(() => draw.normal()), shape: found.trainable[name]}
    }
  }
  return {plan: found, named, read: async (name: string) => named[name]}
}

const numbers = ({data}: {data: Data}) => data as Float32Array

/** W + (α/r) B A */
function loraMerged(named: Awaited<ReturnType<typeof planned>>['named'], path: string): number[] {
  const [A, B] = ['lora_A', 'lora_B'].map(name => numbers(named[`${path}.trainable.${name}`]))
  const columns = Float32Array.from({length: A.length}, (_, i) => A[(i % 2) * 4 + Math.floor(i / 2)]) // Aᵀ, (in, r)
  return timesTransposed(B, columns, 2).map((ba, i) => numbers(named[`${path}.weight`])[i] + 1.5 * ba)
}

/** U (Σ + sigmoid(g) diag m) Vᵀ */
function plainMerged(named: Awaited<ReturnType<typeof planned>>['named'], path: string): number[] {
  const [u, s, v] = ['u', 's_pre', 'v'].map(name => numbers(named[`${path}.frozen.${name}`]))
  const [m, [gate]] = ['s', 'gate'].map(name => numbers(named[`${path}.trainable.${name}`]))
  const scaled = u.map((value, i) => value * (s[i % 4] + m[i % 4] / (1 + Math.exp(-gate))))
  const turned = Float32Array.from({length: 16}, (_, i) => v[(i % 4) * 4 + Math.floor(i / 4)]) // V, (in, n)
  return timesTransposed(scaled, turned, 4)
}

for (const engine of ENGINES) {
  for (const [name, adapter, expected] of [
    ['lora', buildLora({rank: 2, alpha: 3}), loraMerged],
    ['svft', buildSvft({pattern: 'plain'}), plainMerged],
  ] as const) {
    test(`${engine.name}: each weight comes with its ${name} folded in, under its own name`, async () => {
      const {plan, named, read} = await planned(adapter)
      const merged = mergeModules({engine, plan, read})
      expect(merged.map(({name, shape}) => [name, shape])).toEqual([
        ['a.up.weight', [6, 4]],
        ['b.up.weight', [6, 4]],
      ])
      for (const {name, data} of merged) {
        expect(relativeError(await data(), expected(named, name.replace('.weight', '')))).toBeLessThan(1e-6)
      }
    })
  }
}

test('without modules nothing is merged', () => {
  const merged = mergeModules({
    engine: ENGINES[0],
    plan: plan({shapes}, {}),
    read: () => Promise.reject(new Error('no')),
  })
  expect(merged).toEqual([])
})
