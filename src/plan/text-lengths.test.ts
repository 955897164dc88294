import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {BERT} from '../../test/models/classifiers.ts'
import {openWorkplace, tinyRecipe, writeLines, writeModel} from '../../test/support/workplace.ts'
import {openBlueprint} from '../recipes/blueprint.ts'
import {openInputs} from '../recipes/experiment.ts'
import {trainingOrder} from '../recipes/training/train-order.ts'
import {mean} from '../statistics/mean-variance.ts'
import {random} from '../tensor/random.ts'
import {openTokenizer} from '../tokenizer/tokenizer.ts'
import {planRun} from './plan.ts'
import {type KnownSamples, measureLengths} from './text-lengths.ts'

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  await writeModel(join(folder, 'bert'), {config: {...BERT, vocab_size: 4096}})
  const rows = Array.from({length: 20}, (_, i) => ({
    prompt: `What did she buy on day ${i}?`,
    output: `${'A cup and a plate. '.repeat(1 + (i % 4))}`,
    text: 'She buys 2 more. '.repeat(1 + (i % 7)),
    label: i % 2,
  }))
  for (const name of ['own', 'own-test']) writeLines(join(folder, `${name}.jsonl`), rows)
})

const FILES = {train: 'own.jsonl', test: {test: 'own-test.jsonl'}}
const OWN = {data: FILES, train: {microBatch: 1}}
const ASKED = {...OWN, task: 'instruct', data: {...FILES, template: '{prompt}'}, evaluate: {maxNewTokens: 2}}

const recipeOf = async (changes: Parameters<typeof tinyRecipe>[1]) => tinyRecipe(folder, changes)
const measure = async (changes: Parameters<typeof tinyRecipe>[1], known?: KnownSamples) =>
  measureLengths(await openBlueprint(await recipeOf(changes)), known)

test.each<[string, Parameters<typeof tinyRecipe>[1]]>([
  ['a published task', {train: {microBatch: 1}}],
  ['prompts and answers', {...ASKED}],
  ['texts', {...OWN, task: 'text', data: {...FILES, pack: false}, evaluate: {maxNewTokens: undefined}}],
  ['classes', {...OWN, task: 'text-classification', model: 'bert', adapter: {method: 'head'}}],
])('where all examples are sampled, their mean padded length is that of a whole epoch: %s', async (_, changes) => {
  const {recipe, data, model} = await openInputs(await recipeOf(changes))
  const settings = {...recipe.train!, batch: data.examples, steps: 1}
  const order = trainingOrder(settings, {examples: data.examples, model, random: random(1)})
  const batches = await data.batches(order, 1).microBatches(0)
  expect(batches).toHaveLength(data.examples)
  const {trained, scored} = await measure(changes)
  expect(trained).toBeCloseTo(mean(batches.map(({length}) => length)), 9)
  expect(scored.test).toBeGreaterThan(8)
})

test('the longest text of a micro-batch decides, up to the limit of tokens', async () => {
  const at = async (train: object) => (await measure({...ASKED, train})).trained
  const [alone, few, all] = [
    await at({microBatch: 1}),
    await at({microBatch: 4}),
    await at({batch: 20, microBatch: 20}),
  ]
  expect(few).toBeGreaterThan(alone!)
  expect(all).toBeGreaterThan(few!)
  expect(await at({batch: 20, microBatch: 20, maxTokens: 32})).toBe(32)
})

test('engine openvino pads to fewer lengths', async () => {
  const lengthOf = async (changes: object) => (await measure({...ASKED, ...changes})).trained
  expect(await lengthOf({engine: 'openvino', precision: 'bf16'})).toBeGreaterThan((await lengthOf({}))!)
})

test('packed texts fill all tokens', async () => {
  const packed = {...OWN, task: 'text', data: {...FILES, pack: true}, evaluate: {maxNewTokens: undefined}}
  expect(await measure({...packed, train: {maxTokens: 64}})).toMatchObject({trained: 64, scored: {test: 64}})
})

test('a batch of answers ends with its longest one, with an eos, or with the limit', async () => {
  const tokenizer = await openTokenizer(join(folder, 'model'))
  const outputs = [1, 2, 3, 4].map(times => 'A cup and a plate. '.repeat(times))
  const tokens = (await tokenizer.encodeBatch(outputs, {special: false})).map(({length}) => length + 1)
  const {answer, scored} = await measure(ASKED)
  expect(answer(1, 1000)).toBeCloseTo(mean(tokens), 9)
  expect(answer(20, 1000)).toBe(Math.max(...tokens))
  expect(answer(1, tokens[1])).toBeCloseTo((tokens[0] + 3 * tokens[1]) / 4, 9)
  expect(scored).toEqual({test: 24})
})

test('only the first examples count where data.limit cuts the others off', async () => {
  const rows = Array.from({length: 40}, (_, i) => ({prompt: 'a cup '.repeat(i < 10 ? 1 : 30), output: 'a'}))
  for (const name of ['sorted', 'sorted-test']) writeLines(join(folder, `${name}.jsonl`), rows)
  const data = {...ASKED.data, train: 'sorted.jsonl', test: {test: 'sorted-test.jsonl'}}
  const all = await measure({...ASKED, data})
  const first = await measure({...ASKED, data: {...data, limit: {train: 10, test: 10}}})
  expect(all.trained).toBeGreaterThan(3 * first.trained!)
  expect(all.scored.test).toBeGreaterThan(3 * first.scored.test)
})

test('of long texts few are tokenized', async () => {
  const rows = Array.from({length: 40}, (_, i) => ({prompt: 'a cup '.repeat(i === 0 ? 1 : 1e5), output: 'a'}))
  writeLines(join(folder, 'long.jsonl'), rows)
  const data = {...ASKED.data, train: 'long.jsonl'}
  expect((await measure({...ASKED, data, train: {microBatch: 1, maxTokens: 32}})).answer(1, 9)).toBeGreaterThan(1)
}, 20_000)

test('without the data or the tokenizer nothing is measured, and the usual lengths of the task are planned', async () => {
  expect(await measure({...ASKED, data: {...ASKED.data, train: 'nowhere.jsonl'}})).toMatchObject({
    trained: undefined,
    scored: {test: 24},
  })
  await writeModel(join(folder, 'mute'))
  rmSync(join(folder, 'mute/tokenizer.json'))
  const mute = {...ASKED, model: 'mute'}
  expect(await measure(mute)).toMatchObject({scored: {}})
  expect((await measure(mute)).trained).toBeUndefined()
  const rates = {flopsPerSecond: 1e9, bytesPerSecond: 1e10}
  const seconds = async (changes: typeof mute) => (await planRun(await recipeOf(changes), {rates})).time.seconds
  expect(await seconds(mute)).toBeGreaterThan(2 * (await seconds({...mute, model: 'model'})))
})

test('recipes of the same texts share a sample', async () => {
  const known: KnownSamples = new Map()
  await measure({...ASKED}, known)
  await measure({...ASKED, adapter: {method: 'lora', rank: 1, targets: ['q_proj']}}, known)
  expect(known.size).toBe(1)
  await measure({...ASKED, train: {maxTokens: 32}}, known)
  expect(known.size).toBe(2)
})
