import {fileURLToPath} from 'node:url'
import {beforeAll, expect, test} from 'vitest'
import {bytesIn, memoryRefusal} from '../../../test/support/memory-refusal.ts'
import {enterWorkplace, tinyRecipe} from '../../../test/support/workplace.ts'
import {placeholders} from '../data/placeholder-weights.ts'
import {openExperiment} from '../experiment.ts'
import {limitPrograms, totalBytes, trainingNeed} from './check-memory.ts'
import {traceStepCost, trainedLength} from './step-cost.ts'

let folder: string
beforeAll(async () => {
  folder = await enterWorkplace()
})

type Changes = Parameters<typeof tinyRecipe>[1]
const open = async (changes: Changes = {}) => openExperiment(await tinyRecipe(folder, changes))

/** What is said where so many bytes are available. */
const refusal = async (changes: Changes, available: number) =>
  memoryRefusal(limitPrograms(await open(changes), available))

const full = {method: 'full'}

test('a run that fits in memory goes on, with as many programs alive as fit too, and take 2 GB at most', async () => {
  const room = async (recipe = {}, available?: number) => {
    const programs = await limitPrograms(await open(recipe), available)
    return programs!
  }
  const experiment = await open()
  const [{tensors}, length] = [experiment, trainedLength(experiment, experiment.data.longest)]
  const need = trainingNeed(experiment, await traceStepCost(experiment, {tensors, length}), {tensors, length})
  const [program, sum] = [need.program, totalBytes(need)]
  const {tokens} = await room({}, sum)
  expect((await room({}, sum + 2.2 * program)).tokens / tokens).toBeCloseTo(3.2, 1)
  for (const all of [await room(), await room({}, 2 ** 40)]) {
    expect(all.count).toBe(4)
    expect((all.tokens / tokens) * program).toBeGreaterThan(0.95 * 2 ** 31)
    expect((all.tokens / tokens) * program).toBeLessThan(1.05 * 2 ** 31)
  }
  await limitPrograms(await open({adapter: full}), 2 ** 40)
  await limitPrograms(await open({adapter: {method: 'none'}, train: undefined}))
})

test('programs of engine openvino, which compile slowly, take half of the memory that is left', async () => {
  const experiment = await open()
  const slow = {...experiment, recipe: {...experiment.recipe, engine: 'openvino' as const, precision: 'bf16' as const}}
  const tokens = async (available: number) => (await limitPrograms(slow, available))?.tokens ?? 0
  const [tera, twice] = [await tokens(2 ** 40), await tokens(2 ** 41)]
  expect(twice / tera).toBeCloseTo(2, 1)
})

test('a training that does not fit is refused with the sum, and with what needs less', async () => {
  expect(await refusal({}, 2 ** 18)).toBe(
    'tiny: training does not fit in memory: n MB frozen weights + n MB for a micro-batch of 2 × 48 tokens + ' +
      'n MB θ, gradients and moments = n MB, n MB are available; ' +
      'it would need less with train.microBatch below 2, or train.recompute: true',
  )
  const careful = await refusal({adapter: full, train: {microBatch: 1, recompute: true}}, 2 ** 18)
  expect(careful).toContain('for a micro-batch of 1 × 48 tokens')
  expect(careful).toMatch(/it would need less with a smaller model$/)
})

test('16 bits are advised where a checkpoint has more of them', async () => {
  const model = fileURLToPath(new URL('../../../models/llama-mini', import.meta.url))
  const adapter = {method: 'lora', rank: 1, targets: ['q_proj']}
  const experiment = await open({model, adapter, train: {microBatch: 1, recompute: true}})
  const advice = async (torch_dtype: string) => {
    const tensors = placeholders(experiment.model.shapes, {torch_dtype})
    const error = await limitPrograms({...experiment, tensors}, 0).catch(error => error)
    return error.message
  }
  expect(await advice('float32')).toMatch(/would need less with a smaller model, or one stored in 16 bits$/)
  expect(await advice('bfloat16')).toMatch(/would need less with a smaller model$/)
})

test('a checkpoint that cannot be answered with is refused as well', async () => {
  expect(await refusal({adapter: {method: 'none'}, train: undefined}, 2 ** 16)).toBe(
    'tiny: answering does not fit in memory: n MB weights + n MB for reading 3 × 48 tokens + ' +
      'n MB keys and values of 3 × 82, twice = n MB, n MB are available; ' +
      'it would need less with evaluate.batch below 3, or a smaller model',
  )
})

test('no batch is taken to have more rows than there are examples or items', async () => {
  const wide = {train: {batch: 100_000, microBatch: 100_000}, evaluate: {batch: 100_000}}
  expect(await refusal(wide, 2 ** 18)).toContain('for a micro-batch of 10 × 48 tokens')
  expect(await refusal({...wide, adapter: {method: 'none'}, train: undefined}, 2 ** 16)).toContain(
    'for reading 3 × 48 tokens + n MB keys and values of 3 × 82, twice',
  )
})

test('where epochs are scored, training and scoring have to fit together', async () => {
  const best = {train: {keep: 'best', keepBy: 'test'}}
  const {message} = (await limitPrograms(await open(), 0).catch(error => error)) as Error
  const [, , , sum] = bytesIn(message)
  await limitPrograms(await open(), sum + 1e5)
  expect(await refusal(best, sum + 1e5)).toBe(
    'tiny: training, and answering after each epoch, does not fit in memory: n MB frozen weights + ' +
      'n MB for a micro-batch of 2 × 48 tokens + n MB θ, gradients and moments + n MB weights + ' +
      'n MB for reading 3 × 48 tokens + n MB keys and values of 3 × 82, twice = n MB, n MB are available; it would need less with ' +
      'train.microBatch below 2, or train.recompute: true, or evaluate.batch below 3, or a smaller model, or train.keep: last',
  )
  await limitPrograms(await open(best), 3 * sum)
})

test('the sum is what its terms add up to', async () => {
  const {message} = (await limitPrograms(await open(), 0).catch(error => error)) as Error
  const [frozen, working, trainable, sum, available] = bytesIn(message)
  expect(Math.abs(frozen + working + trainable - sum)).toBeLessThan(3e5)
  expect(available).toBe(0)
})
