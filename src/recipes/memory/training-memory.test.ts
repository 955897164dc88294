import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {openWorkplace, tinyConfig, tinyRecipe} from '../../../test/support/workplace.ts'
import {openBlueprint} from '../blueprint.ts'
import {readRecipe} from '../file/read.ts'
import {momentaryMemory, otherProgramsBytes, sumMemory, trainingMemory} from './check-memory.ts'
import {estimateStepCost, traceStepCost} from './step-cost.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  for (const name of ['model.safetensors', 'tokenizer.json']) rmSync(join(folder, 'model', name))
})

const blueprintOf = async (changes: Parameters<typeof tinyRecipe>[1] = {}) =>
  openBlueprint(await tinyRecipe(folder, changes))
const memoryOf = async (changes: Parameters<typeof tinyRecipe>[1] = {}) => trainingMemory(await blueprintOf(changes))

test('the memory that training needs follows from config.json alone', async () => {
  const memory = await memoryOf()
  expect(memory.trainableBytes).toBe((4 + 8 + 8) * 94) // a gradient and the sum of several
  // every weight that is not replaced by u, s_pre and v, and these; then the rows and columns of two bands
  const factors = 16 * 16 + 16 + 16 * 16 + (16 * 16 + 16 + 16 * 24)
  expect(memory.frozenBytes).toBe(4 * (10160 - 16 * 16 - 16 * 24 + factors + 2 * 2 * 46))
  expect(memory.workingBytes).toBeGreaterThan(4 * 512 * 96)
})

test('the full basis has more singular vectors of weights that are not square: as many as M reaches', async () => {
  const bytes = async (pattern: string, basis: string) => {
    const adapter = {method: 'svft', pattern, diagonals: 1, basis, targets: ['q_proj', 'down_proj']}
    return (await memoryOf({adapter})).frozenBytes
  }
  const number = 2 // one number more of down_proj, at its row and column
  expect((await bytes('banded', 'full')) - (await bytes('banded', 'thin'))).toBe(4 * (24 + number))
  expect((await bytes('random', 'full')) - (await bytes('random', 'thin'))).toBe(4 * (8 * 24 + number))
})

test('longer texts, larger micro-batches and no recomputation need more', async () => {
  const bytes = async (train: object) => (await memoryOf({train})).workingBytes
  const base = await bytes({})
  expect(await bytes({maxTokens: 192})).toBeGreaterThan(1.5 * base)
  expect(await bytes({microBatch: 4})).toBeGreaterThan(1.5 * base)
})

test('weights that config.json says are of 16 bits take half', async () => {
  const file = join(folder, 'model/config.json')
  const config = readFileSync(file, 'utf8')
  const bytes = async (adapter: object) => (await memoryOf({adapter})).frozenBytes
  const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['v_proj']}
  const [wide, whole] = [await bytes(lora), await bytes({method: 'none'})]
  writeFileSync(file, JSON.stringify({...JSON.parse(config), torch_dtype: 'bfloat16'}))
  expect([await bytes(lora), await bytes({method: 'none'})]).toEqual([wide / 2, whole / 2])
  writeFileSync(file, config)
})

test.each([
  ['lora', {method: 'lora', rank: 2, alpha: 4, dropout: 0.1, targets: ['v_proj']}, 2 * (16 + 8)],
  ['dora', {method: 'dora', rank: 2, alpha: 4, dropout: 0.1, targets: ['v_proj']}, 2 * (16 + 8) + 8],
  ['vera', {method: 'vera', rank: 5, shapes: 'sliced', targets: ['v_proj', 'down_proj']}, 5 + 8 + 5 + 16],
  ['boft', {method: 'boft', b: 4, m: 2, dropout: 0.1, targets: ['v_proj']}, 2 * 16 * 4 + 8],
  ['full', {method: 'full'}, 10160],
  ['none', {method: 'none'}, 0],
  ['svft plain', {method: 'svft', pattern: 'plain', targets: ['v_proj', 'gate_proj']}, 8 + 1 + 16 + 1],
  ['svft random', {method: 'svft', pattern: 'random', diagonals: 2, rank: 4, targets: ['o_proj']}, 4 * 5 - 6 + 1],
])('%s trains as many parameters as the paper counts', async (_, adapter, params) => {
  const blueprint = await blueprintOf({adapter})
  expect(blueprint.plan.count).toBe(params)
  expect((await trainingMemory(blueprint)).workingBytes > 0).toBe(adapter.method !== 'none')
})

test('Table 1, Gemma-2B: svft plain trains 0.19 million parameters, banded with 16 diagonals 6.35', async () => {
  const gemma = {hidden_size: 2048, intermediate_size: 16384, num_hidden_layers: 18, vocab_size: 256000}
  const heads = {num_attention_heads: 8, num_key_value_heads: 1, head_dim: 256}
  mkdirSync(join(folder, 'gemma'), {recursive: true})
  writeFileSync(join(folder, 'gemma/config.json'), JSON.stringify({...(await tinyConfig()), ...gemma, ...heads}))
  const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']
  const params = async (adapter: object) => {
    const recipe = await tinyRecipe(folder, {model: 'gemma', adapter: {method: 'svft', targets, ...adapter}})
    return (await openBlueprint(recipe)).plan.count
  }
  expect((await params({pattern: 'plain', gate: false})) / 1e6).toBeCloseTo(0.19, 2)
  expect((await params({pattern: 'banded', diagonals: 16, gate: false})) / 1e6).toBeCloseTo(6.35, 1)
})

test('what modules share is frozen once', async () => {
  const bytes = async (targets: readonly string[]) =>
    (await memoryOf({adapter: {method: 'vera', rank: 4, shapes: 'sliced', targets}})).frozenBytes
  expect(await bytes(['gate_proj', 'up_proj'])).toBe(4 * (10160 + 4 * (16 + 24)))
  expect(await bytes(['gate_proj'])).toBe(await bytes(['gate_proj', 'up_proj']))
})

test('models of one block and of two determine what all blocks need', async () => {
  const config = await tinyConfig()
  mkdirSync(join(folder, 'deep'))
  writeFileSync(join(folder, 'deep/config.json'), JSON.stringify({...config, num_hidden_layers: 5}))
  const adapters = [
    {method: 'lora', rank: 2, targets: ['q_proj', 'down_proj']},
    {method: 'svft', pattern: 'random', diagonals: 1, targets: ['q_proj', 'up_proj']},
    {method: 'full'},
  ]
  for (const adapter of adapters) {
    const recipe = await tinyRecipe(folder, {model: 'deep', adapter})
    const whole = await traceStepCost(await openBlueprint(recipe), {tensors: {}, length: 96})
    const drawnOut = await estimateStepCost(await openBlueprint(recipe), {length: 96})
    expect(drawnOut.flops).toBe(whole.flops)
    expect(drawnOut.movedBytes).toBe(whole.movedBytes)
    expect(drawnOut.frozenBytes).toBe(whole.frozenBytes)
    expect(drawnOut.workingBytes / whole.workingBytes).toBeCloseTo(1, 1)
  }
})

test('a recipe that treats blocks differently is traced whole', async () => {
  const adapter = {method: 'lora', rank: 2, targets: ['layers.1.self_attn.q_proj']}
  const recipe = await tinyRecipe(folder, {model: 'deep', adapter})
  const whole = await traceStepCost(await openBlueprint(recipe), {tensors: {}, length: 96})
  expect(await estimateStepCost(await openBlueprint(recipe), {length: 96})).toEqual(whole)
})

test('a missing config.json, or one that lacks a key, is named with its folder', async () => {
  await expect(blueprintOf({model: 'nowhere'})).rejects.toThrow(`${folder}/nowhere: no such file or folder`)
  const {hidden_size: _, ...config} = JSON.parse(readFileSync(join(folder, 'model/config.json'), 'utf8'))
  mkdirSync(join(folder, 'lacking'))
  writeFileSync(join(folder, 'lacking/config.json'), JSON.stringify(config))
  await expect(blueprintOf({model: 'lacking'})).rejects.toThrow(
    `${folder}/lacking: config.json: missing key: hidden_size`,
  )
})

test('in bfloat16, comparing with float32 and compiling for another length briefly take more', async () => {
  const openvino = {engine: 'openvino', precision: 'bf16'}
  const [blueprint, float32] = [await blueprintOf(openvino), await memoryOf()]
  const memory = await trainingMemory(blueprint)
  expect(await momentaryMemory(blueprint, memory)).toBe(sumMemory(float32))
  const large = {...memory, frozenBytes: 3e9}
  expect(await momentaryMemory(blueprint, large)).toBe(sumMemory(large) + 3e9 + memory.convertedBytes)
  // images, which have no lengths, then little that is frozen, and float32
  const {recipe} = await readRecipe(join(import.meta.dirname, '../../../configs/vision/mini/lora-r1.yaml'))
  const images = await openBlueprint({...recipe, engine: 'openvino', precision: 'bf16'})
  expect(await momentaryMemory(images, large)).toBeUndefined()
  expect(await momentaryMemory(blueprint, {...memory, workingBytes: 1e9})).toBeUndefined()
  expect(await momentaryMemory(await blueprintOf(), large)).toBeUndefined()
})

test('float32 is computed beside the program in bfloat16 while twice its memory is free', async () => {
  const train = {batch: 4096, microBatch: 4096}
  const blueprint = await blueprintOf({engine: 'openvino', precision: 'bf16', train})
  const [memory, float32] = [await trainingMemory(blueprint), await memoryOf({train})]
  const added = float32.frozenBytes + float32.workingBytes
  const most = (available: number) => momentaryMemory(blueprint, memory, {available})
  expect(await most(sumMemory(memory) + 2 * added)).toBe(sumMemory(memory) + added)
  expect(await most(sumMemory(memory) + 2 * added - 1)).toBe(sumMemory(float32))
})

test('programs for other padded lengths take more: those that a run keeps, up to 2 GiB in float32', async () => {
  const [onnx, openvino] = [await blueprintOf(), await blueprintOf({engine: 'openvino', precision: 'bf16'})]
  const bytesOf = (blueprint: typeof onnx, workingBytes: number) => otherProgramsBytes(blueprint, {workingBytes})
  expect(bytesOf(onnx, 100)).toBe(300) // of 16, 24, … 96 tokens
  expect(bytesOf(onnx, 1e9)).toBe(2 ** 31 - 1e9)
  expect(bytesOf(onnx, 3e9)).toBe(0)
  expect(bytesOf(openvino, 1e9)).toBe(2e9) // 32 and 64, beside 96
  expect(bytesOf(await blueprintOf({train: {maxTokens: 16}}), 100)).toBe(0)
  expect(bytesOf(await blueprintOf({engine: 'js'}), 100)).toBe(0)
})
