import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {countParams} from './params.ts'
import {paramsText} from './params-text.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  for (const name of ['model.safetensors', 'tokenizer.json']) rmSync(join(folder, 'model', name))
})

const of = async (changes: Parameters<typeof tinyRecipe>[1] = {}) =>
  countParams(await openBlueprint(await tinyRecipe(folder, changes)))
const all = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

test('trainable parameters are counted by groups, from config.json alone', async () => {
  const found = await of()
  expect(found).toMatchObject({recipe: 'tiny', method: 'svft', params: 94, modelParams: 10160})
  expect(found.groups).toEqual([
    {path: 'model.layers.*.self_attn.q_proj', shape: [16, 16], count: 1, params: 47},
    {path: 'model.layers.*.mlp.down_proj', shape: [16, 24], count: 1, params: 47},
  ])
  const full = await of({adapter: {method: 'full'}})
  expect(full.params).toBe(10160)
  expect(full.groups.reduce((sum, {params}) => sum + params, 0)).toBe(10160)
})

test('the full basis counts entries beyond n × n, on weights that are not square', async () => {
  const adapter = {method: 'svft', pattern: 'banded', diagonals: 1, gate: false, targets: ['q_proj', 'down_proj']}
  const counts = async (basis: string) => (await of({adapter: {...adapter, basis}})).groups.map(({params}) => params)
  expect(await counts('thin')).toEqual([46, 46])
  expect(await counts('full')).toEqual([46, 47])
  const gemma = {...adapter, diagonals: 16, targets: ['down_proj']}
  const found = async (basis: string) => (await of({model: 'google/gemma-2b', adapter: {...gemma, basis}})).params
  expect((await found('full')) - (await found('thin'))).toBe((18 * 16 * 17) / 2)
})

test('a model of the paper needs no files: its config ships, and the printed count is compared', async () => {
  const adapter = {method: 'svft', pattern: 'plain', gate: false, targets: all}
  const paper = {cell: 't1.g2.svft_p', params: '0.19M'}
  const found = await of({model: 'google/gemma-2b', adapter, paper})
  expect(found).toMatchObject({params: 193_536, paper: {printed: '0.19M', printing: 'rounded'}})
  expect(found.groups[0]).toEqual({
    path: 'model.layers.*.self_attn.q_proj',
    shape: [2048, 2048],
    count: 18,
    params: 18 * 2048,
  })
  const slip = await of({model: 'google/gemma-2b', adapter, paper: {cell: 't1.g7.svft_p', params: '0.43M'}})
  expect(paramsText(slip)).toMatch(
    /the paper prints 0.43M \(t1.g7.svft_p\): not this count; svft audit shows where it may come from$/,
  )
  await expect(of({model: 'google/gemma-9b', adapter})).rejects.toThrow('gemma-9b: no such file or folder')
})

test('a point of a figure that no table of arXiv v1 prints has the count that NeurIPS 2024 prints, if it does', async () => {
  const adapter = {method: 'lora', rank: 4, targets: ['q_proj', 'k_proj', 'v_proj', 'up_proj', 'down_proj']}
  const point = await of({model: 'google/gemma-2b', adapter, paper: {cell: 'f1.gsm8k.lora4'}})
  expect(paramsText(point)).toMatch(/\nNeurIPS 2024 prints 3\.28M \(n5\.g2\.lora4\): rounded$/)
  const unprinted = await of({model: 'google/gemma-2b', adapter, paper: {cell: 'f1.gsm8k.svft_b2'}})
  expect(unprinted.paper).toBeUndefined()
})

test('a head trains and is not counted as the paper counts', async () => {
  const adapter = {method: 'lora', rank: 1, targets: ['query', 'value']}
  const model = 'google/vit-base-patch16-224-in21k'
  const found = await of({model, adapter})
  expect(found).toMatchObject({counted: 12 * 2 * 2 * 768, params: 12 * 2 * 2 * 768 + 2 * 768 + 2})
  expect(paramsText(found)).toContain('without the head, as the paper counts: 36,864')
  expect(await of({model, adapter: {method: 'full'}})).toMatchObject({counted: 85_798_656})
  expect(await of({model, adapter: {method: 'head'}})).toMatchObject({counted: 0, params: 1538})
})

test('a model that is too large to train can be counted', async () => {
  const found = await of({model: 'google/gemma-7b', adapter: {method: 'full'}})
  expect(found).toMatchObject({params: 8_537_680_896, counted: 8_537_680_896, modelParams: 8_537_680_896})
})

test('text for a terminal: a line for each group, the sum, and the origins of settings', async () => {
  const found = await of()
  const decisions = [
    {key: 'adapter.gate', value: true, origin: 'official-code'},
    {key: 'adapter.init', value: 'zeros', origin: 'recipe'},
    {key: 'adapter.match', value: 'substring', origin: 'official-code'},
  ] as const
  expect(paramsText({...found, decisions})).toMatchInlineSnapshot(`
    "model.layers.*.self_attn.q_proj  1 of  16 × 16  47
    model.layers.*.mlp.down_proj     1 of  16 × 24  47
    tiny: svft, 94 trainable of 10,160 (0.925 %)
    by profile official-code: gate true, match substring
    by the recipe: init zeros"
  `)
})
