import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeAll, expect, test} from 'vitest'
import {CAUSAL_LMS} from '../../../test/models/causal-lms.ts'
import {MODERNBERT, openTexts} from '../../../test/models/classifiers.ts'
import {openFolder} from '../../../test/support/cleanup.ts'
import {buildAdapter} from '../../adapters/index.ts'
import {plan} from '../../adapters/plan.ts'
import {factorsFolder} from '../../base/folders.ts'
import {withLock} from '../../base/lock.ts'
import type {Data, Named, Stored} from '../../engine/program.ts'
import {openModel} from '../../models/open-model.ts'
import {random} from '../../tensor/random.ts'
import {hashTensor, hashTensors} from '../../weights/hash-tensor.ts'
import {drawTensors} from './draw-tensors.ts'
import {initializeAdapters} from './initial-tensors.ts'

const shapes = {'a.up.weight': [6, 4], 'a.norm.weight': [4], 'b.up.weight': [6, 4]}
const drawn = drawTensors({shapes}, {deviation: 1, random: random(1)})
const tensors: Named<Stored> = Object.fromEntries(
  Object.entries(shapes).map(([name, shape]) => [name, {dtype: 'float32', shape, at: {data: drawn[name]}}]),
)
const svft = buildAdapter({method: 'svft', pattern: 'random', diagonals: 1})
const lora = buildAdapter({method: 'lora', rank: 1, alpha: 1})

let folder: string
beforeAll(() => {
  folder = openFolder()
  process.env.SVFT_CACHE = folder
})

const start = (seed: number, adapter = svft, targets = ['up'], more = {}) =>
  initializeAdapters({plan: plan({shapes}, {adapter, targets}), tensors, random: random(seed), threads: 1, ...more})
const dataOf = ({at}: Stored) => (at as {data: Data}).data

test('every tensor has its module’s path, and what trains whole is read', async () => {
  const whole = plan({shapes}, {adapter: lora, targets: ['up'], whole: ['a.norm.weight']})
  const {frozen, trainable} = await initializeAdapters({plan: whole, tensors, random: random(1), threads: 1})
  expect(frozen).toEqual({})
  expect(Object.keys(trainable)).toEqual(Object.keys(whole.trainable))
  expect(trainable['a.norm.weight']).toEqual(Float32Array.of(1, 1, 1, 1))
  expect(Object.keys((await start(1)).frozen)).toContain('b.up.frozen.s_col')
})

test('the same seed starts the same, another one with another pattern and other numbers', async () => {
  const [one, again, other] = [await start(1), await start(1), await start(2)]
  expect(again).toEqual(one)
  expect(other.trainable['a.up.trainable.s']).not.toEqual(one.trainable['a.up.trainable.s'])
  expect(dataOf(other.frozen['a.up.frozen.s_row'])).not.toEqual(dataOf(one.frozen['a.up.frozen.s_row']))
  expect(other.frozen['a.up.frozen.u']).toEqual(one.frozen['a.up.frozen.u'])
})

test('a module starts the same whatever else is adapted, and other modules start otherwise', async () => {
  const [all, some] = [await start(1, lora, ['up']), await start(1, lora, ['b.up'])]
  expect(some.trainable['b.up.trainable.lora_A']).toEqual(all.trainable['b.up.trainable.lora_A'])
  expect(all.trainable['a.up.trainable.lora_A']).not.toEqual(all.trainable['b.up.trainable.lora_A'])
})

test('a weight that another process decomposes comes last, and all is as if none had', async () => {
  process.env.SVFT_CACHE = join(folder, 'shared-work')
  const hash = await hashTensor(tensors['a.up.weight'])
  const told: string[] = []
  const onFactors = (done: number, _: number, path: string) => told.push(`${done} ${path}`)
  let started: ReturnType<typeof start> | undefined
  await withLock(
    factorsFolder(),
    async () => {
      started = start(1, svft, ['up'], {onFactors})
      while (!told.includes('1 b.up')) await setTimeout(5)
    },
    {of: hash},
  )
  expect(await started).toEqual(await start(1))
  expect(told).toEqual(['0 a.up', '0 b.up', '1 b.up', '1 a.up', '2 a.up'])
  process.env.SVFT_CACHE = folder
})

test('what modules share is made once, whatever the seed, and mapped from a file', async () => {
  const vera = buildAdapter({method: 'vera', rank: 3})
  const [one, other] = [await start(1, vera), await start(2, vera)]
  expect(Object.keys(one.frozen)).toEqual(['shared.vera_A', 'shared.vera_B'])
  expect(one.frozen['shared.vera_A']).toMatchObject({shape: [3, 4], at: {file: expect.stringContaining(folder)}})
  expect(other.frozen).toEqual(one.frozen)
  const again = await start(1, buildAdapter({method: 'vera', rank: 3, projectionSeed: 1}))
  expect(await hashTensors(again.frozen)).not.toBe(await hashTensors(one.frozen))

  const hash = await hashTensors(one.frozen)
  const {file} = one.frozen['shared.vera_A'].at as {file: string}
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(7, bytes.length - 8)) // damaged: written again
  expect(await hashTensors((await start(1, vera)).frozen)).toBe(hash)
})

test.runIf(process.platform === 'linux')(
  'what modules share stays in memory where the cache is read-only',
  async () => {
    const vera = buildAdapter({method: 'vera', rank: 3})
    const {frozen} = await start(1, vera)
    process.env.SVFT_CACHE = '/sys/svft'
    const own = (await start(1, vera)).frozen
    process.env.SVFT_CACHE = folder
    expect(own['shared.vera_A'].at).toHaveProperty('data')
    expect(await hashTensors(own)).toBe(await hashTensors(frozen))
  },
)

test.runIf(process.platform === 'linux')('factors that cannot be cached are refused, with the variable', async () => {
  process.env.SVFT_CACHE = '/sys/svft'
  const starting = start(1).finally(() => {
    process.env.SVFT_CACHE = folder
  })
  await expect(starting).rejects.toThrow(/^\/sys\/svft: .*; set SVFT_CACHE to a folder that can be written$/)
})

test('factors are reported as they are computed; a method without them reports nothing', async () => {
  const told: unknown[] = []
  const onFactors = (...all: unknown[]) => told.push(all)
  await start(1, lora, ['up'], {onFactors})
  expect(told).toEqual([])
  await start(1, svft, ['up'], {onFactors})
  expect(told).toEqual([
    [0, 2, 'a.up'],
    [1, 2, 'a.up'],
    [1, 2, 'b.up'],
    [2, 2, 'b.up'],
  ])
})

test('damaged factors in the cache are reported, computed again, and give the same start', async () => {
  process.env.SVFT_CACHE = join(folder, 'damaged')
  const first = await start(1)
  const hash = await hashTensors(first.frozen)
  const file = join(factorsFolder(), `${await hashTensor(tensors['a.up.weight'])}.safetensors`)
  const bytes = readFileSync(file)
  bytes.writeFloatLE(8.5, bytes.length - 4) // headers and sizes stay
  writeFileSync(file, bytes)
  const warned: string[] = []
  const warn = (text: string) => warned.push(text)
  expect(await hashTensors((await start(1, svft, ['up'], {warn})).frozen)).toBe(hash)
  expect(warned).toEqual([
    `${file}: its bytes are not those that were written; the factors of a.up.weight are computed anew`,
  ])
  await start(1, svft, ['up'], {warn})
  expect(warned).toHaveLength(1)
  process.env.SVFT_CACHE = folder
})

test('a stop is heard between modules', async () => {
  const stop = new AbortController()
  const told: string[] = []
  const onFactors = (done: number, _: number, path: string) => {
    told.push(path)
    if (done === 1) stop.abort()
  }
  await expect(start(1, svft, ['up'], {onFactors, signal: stop.signal})).rejects.toThrow('aborted')
  expect(told).toEqual(['a.up', 'a.up'])
})

test('a stop is heard between modules that other processes had begun', async () => {
  process.env.SVFT_CACHE = join(folder, 'stopped')
  const [a, b] = [await hashTensor(tensors['a.up.weight']), await hashTensor(tensors['b.up.weight'])]
  const stop = new AbortController()
  const told: string[] = []
  const onFactors = (done: number, _: number, path: string) => {
    told.push(`${done} ${path}`)
    if (done === 1) stop.abort()
  }
  let started: ReturnType<typeof start> | undefined
  const begin = async () => {
    started = start(1, svft, ['up'], {onFactors, signal: stop.signal})
    while (told.length < 3) await setTimeout(5) // both are busy, and the first is tried again
  }
  await withLock(factorsFolder(), () => withLock(factorsFolder(), begin, {of: b}), {of: a})
  await expect(started).rejects.toThrow('aborted')
  expect(told).toEqual(['0 a.up', '0 b.up', '0 a.up', '1 a.up'])
  process.env.SVFT_CACHE = folder
})

test('a model is drawn as its authors do: matrices normal, gains 1, biases 0', () => {
  const shapes = {'x.weight': [200, 100], 'norm.weight': [3], 'x.bias': [3]}
  const drawn = drawTensors({shapes}, {deviation: 0.02, random: random(1)})
  const values = drawn['x.weight']
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  expect(Math.abs(mean)).toBeLessThan(0.001)
  expect(Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length)).toBeCloseTo(0.02, 3)
  expect([...drawn['norm.weight'], ...drawn['x.bias']]).toEqual([1, 1, 1, 0, 0, 0])
  expect(drawTensors({shapes}, {deviation: 0.02, random: random(1)})).toEqual(drawn)
  expect(drawTensors({shapes}, {deviation: 0.02, random: random(2)})).not.toEqual(drawn)
})

test('a Gemma starts with gains of 1, which it stores as 0', () => {
  const configs = Object.values(CAUSAL_LMS).filter(({model_type}) => ['gemma', 'gemma2'].includes(`${model_type}`))
  expect(configs.length).toBeGreaterThan(1)
  for (const config of configs) {
    const drawn = drawTensors(openModel(config), {deviation: 0.02, random: random(1)})
    const norms = Object.keys(drawn).filter(name => name.endsWith('norm.weight'))
    expect(norms.length).toBeGreaterThan(2)
    for (const norm of norms) expect(new Set(drawn[norm])).toEqual(new Set([0]))
  }
})

test('the outputs of the blocks of a GPT-2 have the deviation of its others, over √(2 · layers)', () => {
  const config = {model_type: 'gpt2', n_embd: 100, n_head: 1, n_layer: 8, n_positions: 4, vocab_size: 10}
  const drawn = drawTensors(openModel(config), {deviation: 0.02, random: random(1)})
  const deviation = (name: string) => Math.sqrt(drawn[name].reduce((sum, x) => sum + x * x, 0) / drawn[name].length)
  for (const layer of ['attn', 'mlp'])
    expect(deviation(`transformer.h.0.${layer}.c_proj.weight`)).toBeCloseTo(0.02 / 4, 3)
  expect(deviation('transformer.h.0.attn.c_attn.weight')).toBeCloseTo(0.02, 3)
})

test('the head of a classifier from scratch is drawn as a new one on a checkpoint is', async () => {
  const model = openTexts(MODERNBERT)
  const drawn = drawTensors(model, {deviation: 0.02, random: random(1)})
  const whole = model.head.paths.flatMap(path => Object.keys(model.shapes).filter(name => name.startsWith(`${path}.`)))
  const {trainable} = await initializeAdapters({
    plan: plan(model, {adapter: undefined, targets: [], whole}),
    tensors: {},
    random: random(1),
    threads: 1,
    head: model.head,
  })
  expect(whole).toContain('classifier.weight')
  for (const name of whole) expect(drawn[name]).toEqual(trainable[name])
  expect(new Set(drawn['head.norm.weight'])).toEqual(new Set([1]))
  const [dense, classifier] = ['head.dense', 'classifier'].map(path => drawn[`${path}.weight`])
  const {deviation, deviations, within} = model.head
  const largest = (values: Float32Array, sign: 1 | -1) => Math.max(...values.map(value => sign * value))
  for (const sign of [1, -1] as const) {
    expect(largest(dense, sign) / deviation).toBeGreaterThan(1.5)
    expect(largest(dense, sign) / deviation).toBeLessThan(within)
    expect(largest(classifier, sign) / Number(deviations?.classifier)).toBeGreaterThan(0.5)
  }
})
