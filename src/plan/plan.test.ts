import {cpSync, mkdirSync, writeFileSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {parse} from 'yaml'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {displayPath} from '../base/paths.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {forecastText} from './forecast.ts'
import {planRun} from './plan.ts'
import {plansText, planText} from './plan-text.ts'

const rates = {flopsPerSecond: 1e9, bytesPerSecond: 1e10}
const configs = join(import.meta.dirname, '../../configs')

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
})

const planOf = async (changes: Parameters<typeof tinyRecipe>[1] = {}) =>
  planRun(await tinyRecipe(folder, changes), {rates})
const planFile = async (name: string, set: readonly string[] = []) => {
  const {recipe, decisions} = await readRecipe(join(configs, name), {set})
  return planRun(recipe, {decisions, rates})
}

test('steps follow from the examples, which are counted where the file is here', async () => {
  const {time, parts} = await planOf({train: {steps: undefined, epochs: 3}})
  expect(time.train?.steps).toBe(3 * Math.floor(5 / 2)) // of 5 micro-batches the last opens the next epoch
  const kept = await planOf({train: {steps: undefined, epochs: 3, weighting: 'tokens'}})
  expect(kept.time.train?.steps).toBe(3 * Math.ceil(10 / 4))
  expect(time.score.test.examples).toBe(3)
  expect(parts.map(({here}) => here)).toEqual([true, true, true])
  const limited = await planOf({
    train: {steps: undefined, epochs: 3},
    data: {train: 'train.jsonl', test: {test: 'test.jsonl'}, limit: {train: 4, test: 2}},
  })
  expect([limited.time.train?.steps, limited.time.score.test.examples]).toEqual([3, 2])
})

test('the split that selects the best epoch is scored after each epoch, in steps as in epochs', async () => {
  const scoreSeconds = async (train: object) => (await planOf({train})).time.score.test.seconds
  const once = await scoreSeconds({steps: 6})
  const best = {keep: 'best', keepBy: 'test', weighting: 'tokens'} // 10 examples in batches of 4: 3 steps an epoch
  expect(await scoreSeconds({...best, steps: undefined, epochs: 2})).toBeCloseTo(3 * once, 9)
  for (const [steps, times] of [
    [2, 2],
    [3, 2],
    [6, 3],
    [7, 4],
  ]) // the last step ends an epoch too
    expect(await scoreSeconds({...best, steps})).toBeCloseTo(times * once, 9)
})

test('JSON arrays, parquet and tab-separated files are counted too; uncounted files are named, and left out of the time', async () => {
  const name = 'commonsense/mini/lora-r8.yaml'
  const {time} = await planFile(name)
  const questions = JSON.parse(await readFile(join(configs, 'commonsense/mini/data/boolq.json'), 'utf8')).length
  expect(time.score.boolq.examples).toBe(questions)
  expect(time.train?.steps).toBeGreaterThan(10)
  expect(time.unknown).toEqual([])
  expect((await planFile('glue/mini/head.yaml')).time.train?.steps).toBe((2 * 6000) / 16) // its first line names the columns
  expect((await planFile('vision/mini/head.yaml')).time.score.test.examples).toBeGreaterThan(100)

  const lost = await planFile(name, ['data.train=nowhere.json', 'data.test.boolq=nowhere.json'])
  expect(lost.time).toMatchObject({train: undefined, unknown: ['train', 'boolq']})
  expect(planText(lost)).toMatch(/\ntotal +> .*\nnot included +train, boolq \(number of examples unknown\)$/)
})

test('a batch holds no more than all examples, and where these are not known, a billion are planned for as well', async () => {
  const whole = {train: {steps: undefined, epochs: 3, batch: 10}}
  const {time, memory} = await planOf(whole)
  const huge = await planOf({train: {...whole.train, batch: 1e9}})
  expect(huge.time).toEqual(time)
  expect(huge.memory).toEqual(memory)
  const inParts = await planOf({train: {...whole.train, batch: 1e9, microBatch: 5}})
  expect(inParts.time).toEqual((await planOf({train: {...whole.train, microBatch: 5}})).time)

  const unknown = await planFile('gsm8k/mini/lora-r1.yaml', ['data.train=nowhere.jsonl', 'train.batch=1000000000'])
  expect(unknown.memory.workingBytes).toBeGreaterThan(1e15)
})

test('a micro-batch of a billion long texts is planned from traces of a few', async () => {
  const long = ['data.train=nowhere.jsonl', 'train.batch=1000000000', 'train.microBatch=1000000000']
  const {memory} = await planFile('gsm8k/gemma-2b/lora-r1.yaml', long)
  expect(memory.workingBytes).toBeGreaterThan(1e15)
}, 30_000)

test('a machine of twice the rates takes half the time, but for decompositions, starts of kernels and updates', async () => {
  const recipe = await tinyRecipe(folder)
  const timeAt = async (speed: number) => {
    const {flopsPerSecond, bytesPerSecond} = rates
    const scaled = {flopsPerSecond: speed * flopsPerSecond, bytesPerSecond: speed * bytesPerSecond}
    return (await planRun(recipe, {rates: scaled})).time
  }
  const [slow, fast, endless] = [await timeAt(1), await timeAt(2), await timeAt(Number.POSITIVE_INFINITY)]
  const fixed = endless.train!.seconds
  expect((slow.train!.seconds - fixed) / (fast.train!.seconds - fixed)).toBeCloseTo(2)
  expect(slow.score.test.seconds / fast.score.test.seconds).toBeCloseTo(2)
  expect(slow.svd).toMatchObject({weights: 2})
})

test('on a machine of endless rates, a step takes 7 ns for each trainable parameter and 3 µs for each operation', async () => {
  const endless = {flopsPerSecond: Number.POSITIVE_INFINITY, bytesPerSecond: Number.POSITIVE_INFINITY}
  const stepOf = async (rank: number, batch: number) => {
    const adapter = {method: 'lora', rank, alpha: 8, targets: ['q_proj']} as const
    const {time, params: count} = await planRun(await tinyRecipe(folder, {adapter, train: {batch, microBatch: 2}}), {
      rates: endless,
    })
    return {seconds: time.train!.stepSeconds, count}
  }
  const [small, wide, twice] = [await stepOf(4, 2), await stepOf(8, 2), await stepOf(4, 4)]
  expect(wide.seconds - small.seconds).toBeCloseTo(7e-9 * (wide.count - small.count), 12)
  const operations = (small.seconds - 7e-9 * small.count) / 3e-6
  expect(operations).toBeCloseTo(Math.round(operations), 6)
  expect(operations).toBeGreaterThan(50)
  expect((twice.seconds - 7e-9 * twice.count) / 3e-6).toBeCloseTo(2 * operations, 6)
})

test('engine openvino is planned with its own rate, and with its memory', async () => {
  const recipe = await tinyRecipe(folder, {engine: 'openvino', precision: 'bf16'})
  const planAt = (bf16FlopsPerSecond: number) => planRun(recipe, {rates: {...rates, bf16FlopsPerSecond}})
  const [slow, fast] = [await planAt(1e9), await planAt(4e9)]
  expect(fast.time.train!.seconds).toBeLessThan(0.5 * slow.time.train!.seconds)
  const gain = 'precision: bf16 is not faster than f32 on this processor; it only halves memory'
  expect(slow.warnings).toContain(gain)
  expect(fast.warnings).not.toContain(gain)
  expect(planText(fast)).toMatch(/\ntotal .*, at 4.0 GFLOP\/s in bfloat16 and 10.0 GB\/s/)
  expect(planText(fast)).toMatch(
    /\nmemory .* frozen \(converted to bfloat16\), .*; if that is free, briefly up to 2\d\d MB, and up to \d+ MB more for texts of other padded lengths\n/,
  )
  expect(forecastText(recipe, fast).text).toMatch(/, peak memory of training 1\d\d MB \(briefly 2\d\d MB\)$/)

  const {warnings} = await planRun(recipe, {rates})
  expect(warnings).toEqual([expect.stringMatching(/^engine: openvino does not work on this machine/)])

  const busy = await planRun(recipe, {rates: {...rates, bf16FlopsPerSecond: 1e9, isBusy: true}})
  expect(busy.warnings).toEqual([])
  expect(planText(busy)).toMatch(
    / at 1.0 GFLOP\/s in bfloat16 and 10.0 GB\/s, or more: other programs keep the machine busy$/m,
  )
  expect(forecastText(recipe, busy).text).toMatch(
    /, other programs keep this machine busy, so the estimate may be too high$/,
  )

  const float32 = await planRun(await tinyRecipe(folder), {rates: {...rates, bf16FlopsPerSecond: 4e9}})
  expect(float32.memory.convertedBytes).toBe(0)
  expect(float32.rates).toEqual(rates)
})

/** The sources as their file writes them. */
const resisc45 = async () => parse(await readFile(join(configs, 'vision/_resisc45.yaml'), 'utf8')).data

test('an embedding counts in the time of reading and answering only where the head is tied to it', async () => {
  const scoreSeconds = async (tied: boolean) => {
    writeFileSync(file, JSON.stringify({...JSON.parse(config), tie_word_embeddings: tied}))
    return (await planOf({})).time.score.test.seconds
  }
  const file = join(folder, 'model/config.json')
  const config = await readFile(file, 'utf8')
  expect(await scoreSeconds(false)).toBeCloseTo(await scoreSeconds(true), 12)
  writeFileSync(file, config)
})

test('local files are listed by their paths', async () => {
  const test = {boolq: 'boolq/test.json', piqa: 'piqa/test.json'}
  const plan = await planOf({task: 'commonsense', data: {train: 'train.json', test}})
  const missing = [...planText(plan).matchAll(/^missing +(\S+)$/gm)].map(([, name]) => name)
  expect(missing).toEqual(['train.json', test.boolq, test.piqa].map(name => displayPath(join(folder, name))))
})

test('files of the hub are missing, with their sizes, until they are in its cache', async () => {
  const name = 'vision/vit-b16/resisc45/svft-plain.yaml'
  const hub = join(folder, 'hub')
  process.env.HF_HUB_CACHE = hub
  const away = await planFile(name)
  expect(away.parts.map(({here}) => here)).toEqual([false, false, false, false])
  expect(away.parts[0]).toMatchObject({name: 'google/vit-base-patch16-224-in21k'})
  expect(away.parts[0].bytes! / 343e6).toBeCloseTo(1, 1)
  const write = (folder: string, file: string, text = '{}') => {
    mkdirSync(dirname(join(hub, folder, file)), {recursive: true})
    writeFileSync(join(hub, folder, file), text)
  }
  const [vit, commit] = ['models--google--vit-base-patch16-224-in21k', '1'.repeat(40)]
  write(vit, 'refs/main', commit)
  const shipped = join(configs, 'models/google/vit-base-patch16-224-in21k/config.json')
  write(vit, `snapshots/${commit}/config.json`, await readFile(shipped, 'utf8'))
  write(vit, `snapshots/${commit}/model.safetensors`)
  const {revision} = (await resisc45()).train
  write('datasets--timm--resisc45', `snapshots/${revision}/data/train-00000-of-00001.parquet`)
  expect((await planFile(name)).parts.map(({here}) => here)).toEqual([true, true, false, false])
  delete process.env.HF_HUB_CACHE
})

test('a model folder without weights is missing them; a model drawn at random needs none', async () => {
  const bare = join(folder, 'bare')
  mkdirSync(bare)
  for (const name of ['config.json', 'tokenizer.json']) cpSync(join(folder, 'model', name), join(bare, name))
  const lost = await planOf({model: 'bare'})
  expect(lost.parts[0]).toEqual({name: bare, here: false, lacks: 'weights'})
  expect(planText(lost)).toMatch(/\nmissing +\S+\/bare, its weights\n/)
  const drawn = await planOf({model: {config: 'bare', init: 'random'}, adapter: {method: 'full'}})
  expect(drawn.parts[0]).toEqual({name: bare, here: true})
  writeFileSync(join(bare, 'pytorch_model.bin.index.json'), '')
  expect((await planOf({model: 'bare'})).parts[0].here).toBe(true)
})

test('settings that are larger than the weights get a warning before anything is read', async () => {
  const adapter = {method: 'svft', pattern: 'plain', rank: 500, targets: ['q_proj']}
  expect((await planOf({adapter})).warnings).toEqual([expect.stringContaining('adapter.rank: 500 truncates nothing')])
})

test('few images of each class train, and the best epoch is looked for after each', async () => {
  const {time} = await planFile('vision/vit-b16/resisc45/svft-plain.yaml')
  expect(time.train?.steps).toBe(10 * Math.ceil(450 / 64))
  expect(time.score.validation.examples).toBe(90)
  expect(time.score.resisc45.examples).toBe(6300)
})

test('the plan of a model that is too large for one vector has the reason for its refusal', async () => {
  const plan = await planFile('gsm8k/gemma-7b/full.yaml')
  expect(plan.refused).toContain('adapter trains 8537680896 parameters, but one vector holds at most 4294967296')
  expect(planText(plan)).toMatch(/\nrefused +gsm8k\/gemma-7b\/full: adapter trains/)
  expect(plansText([plan], {'arxiv-v1': 1, neurips2024: 1})).toContain('too large')
})

test('for a terminal one plan is printed part by part, and several are a table', async () => {
  const plan = await planFile('gsm8k/gemma-2b/svft-plain.yaml')
  expect(planText({...plan, parts: plan.parts.slice(0, 2)})).toMatchInlineSnapshot(`
    "model.layers.*.self_attn.q_proj  18 of   2048 × 2048  36,882
    model.layers.*.self_attn.k_proj  18 of    256 × 2048   4,626
    model.layers.*.self_attn.v_proj  18 of    256 × 2048   4,626
    model.layers.*.self_attn.o_proj  18 of   2048 × 2048  36,882
    model.layers.*.mlp.gate_proj     18 of  16384 × 2048  36,882
    model.layers.*.mlp.up_proj       18 of  16384 × 2048  36,882
    model.layers.*.mlp.down_proj     18 of  2048 × 16384  36,882
    gsm8k/gemma-2b/svft-plain: svft, 193,662 trainable of 2,506,172,416 (0.008 %)
    by profile official-code: gate true, init kaiming, sampling replacement, topk code, match substring, padToken added
    the paper prints 0.19M (t1.g2.svft_p): rounded
    memory     28.3 GB: 10.5 GB frozen (mapped), 3.9 MB trainable with gradients and moments, up to 17.6 GB per micro-batch, 230 MB process
    missing    google/gemma-2b, 5.0 GB
    missing    meta-math/MetaMathQA-40K/MetaMathQA-40K.json, 31 MB
    decompose  126 weights in 1d07h, once for all recipes of the model
    train      1,250 steps of 3d18h: 4710d11h
    score      gsm8k 1,319 in 30d19h, math 5,000 in 187d07h
    total      4929d22h on this machine's CPU, at 1.0 GFLOP/s and 10.0 GB/s"
  `)
  const other = await planFile('gsm8k/gemma-2b/lora-r1.yaml')
  expect(plansText([plan, other], {'arxiv-v1': 4, neurips2024: 3})).toMatchInlineSnapshot(`
    "recipe                     trainable   memory  to fetch      time
    gsm8k/gemma-2b/svft-plain    193,662  28.3 GB    5.0 GB  4929d22h
    gsm8k/gemma-2b/lora-r1       820,224  25.0 GB    5.0 GB  4317d11h
    2 recipes planned, of 4 rows of arXiv v1 and 3 of NeurIPS 2024"
  `)
})
