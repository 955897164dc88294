import {cpSync, readdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {memoryRefusal} from '../../../test/support/memory-refusal.ts'
import {enterWorkplace, svft, tinyConfig, tinyRecipe, writeRecipe} from '../../../test/support/workplace.ts'
import {size} from '../../engine/program.ts'
import {openModel} from '../../models/open-model.ts'
import {hasFinished} from '../earlier/namesakes.ts'
import {run} from '../run.ts'
import {checkMinimum} from './check-minimum.ts'

let folder: string
beforeAll(async () => {
  folder = await enterWorkplace()
})

type Changes = Parameters<typeof tinyRecipe>[1]

/** What is said where so many bytes are available. */
const refusal = async (changes: Changes, available: number) =>
  memoryRefusal(checkMinimum(await tinyRecipe(folder, changes), available))

test('with the shortest texts a training is refused that does not fit, and one that may fit is not', async () => {
  expect(await refusal({}, 2 ** 17)).toBe(
    'tiny: training does not fit in memory: n MB frozen weights + n MB for a micro-batch of 2 × 16 tokens + ' +
      'n MB θ, gradients and moments = n MB, n MB are available; ' +
      'it would need less with train.microBatch below 2, or train.recompute: true',
  )
  await checkMinimum(await tinyRecipe(folder), 2 ** 26)
  const none = {adapter: {method: 'none'}, train: undefined}
  expect(await refusal(none, 2 ** 12)).toBe(
    'tiny: the model does not fit in memory: n MB weights = n MB, n MB are available; it would need less with a smaller model',
  )
  await checkMinimum(await tinyRecipe(folder, none), 2 ** 26)
})

test('a micro-batch is taken to be no larger than the data, of which a limit takes fewer', async () => {
  const train = {batch: 100_000, microBatch: 100_000}
  expect(await refusal({train}, 2 ** 17)).toContain('for a micro-batch of 10 × 16 tokens')
  await checkMinimum(await tinyRecipe(folder, {train}), 2 ** 26)
  const data = {train: 'train.jsonl', test: {test: 'test.jsonl'}, limit: {train: 3}}
  expect(await refusal({train, data}, 2 ** 17)).toContain('for a micro-batch of 3 × 16 tokens')
})

test('a finished run is recognized by its folder, without a memory check', async () => {
  const recipe = await tinyRecipe(folder, {train: {steps: 1}})
  expect((await run(recipe)).already).toBe(false)
  expect(await hasFinished(recipe)).toBe(true)
  expect(await hasFinished({...recipe, seed: 1})).toBe(false)
  expect(await hasFinished(await tinyRecipe(folder, {train: {steps: 2}}))).toBe(false)
})

test('full fine-tuning is refused by what θ, gradients and moments take, before weights are looked for', async () => {
  cpSync(join(folder, 'model'), join(folder, 'away'), {recursive: true})
  rmSync(join(folder, 'away/model.safetensors'))
  const away = {model: 'away', adapter: {method: 'full'}}
  expect(await refusal(away, 2 ** 17)).toMatch(
    /^tiny: training [\d,]+ parameters does not fit in memory: n MB θ \+ n MB gradients \+ n MB AdamW's two moments = n MB, n MB are available; it would need less with a method that trains fewer than [\d,]+ parameters$/,
  )
})

test('svft run refuses a checkpoint of 260 GB in the time that reading it would not take', async () => {
  expect(await writeHollow(join(folder, 'large'), 600)).toBeGreaterThan(2.6e11)
  const began = performance.now()
  const {exitCode, stderr} = await svft(folder, ['run', writeRecipe(folder, {model: 'large'}, 'large.yaml')])
  expect(stderr).toMatch(/^large: training does not fit in memory: \d{3}\.\d GB frozen weights \+ /m)
  expect(exitCode).toBe(1)
  expect(performance.now() - began).toBeLessThan(30_000) // 2 or 3 s, but where the machine is busy
  expect(readdirSync(join(folder, 'runs')).filter(name => name.startsWith('large'))).toEqual([])
})

/** A model of so many layers of LLaMA-3-8B's size, in 16 bits: of its weights there is a header, and then a hole. */
async function writeHollow(model: string, layers: number): Promise<number> {
  cpSync(join(folder, 'model'), model, {recursive: true})
  const sizes = {hidden_size: 4096, intermediate_size: 14336, num_attention_heads: 32, num_key_value_heads: 8}
  const config = {...(await tinyConfig()), ...sizes, head_dim: 128, num_hidden_layers: layers}
  writeFileSync(join(model, 'config.json'), JSON.stringify(config))
  let end = 0
  const entries = Object.entries(openModel(config).shapes).map(([name, shape]) => {
    const begin = end
    end += 2 * size(shape)
    return [name, {dtype: 'BF16', shape, data_offsets: [begin, end]}]
  })
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const file = join(model, 'model.safetensors')
  writeFileSync(file, Buffer.concat([length, header]))
  truncateSync(file, 8 + header.length + end)
  return end
}
