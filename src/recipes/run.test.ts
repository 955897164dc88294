import {cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {basename, join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, tinyRecipe, writeModel, writeRecipe} from '../../test/support/workplace.ts'
import {readRunFacts} from '../check/run-facts.ts'
import type {Data} from '../engine/program.ts'
import {readSafetensors, readTensor} from '../weights/safetensors.ts'
import type {RunEvent} from './events.ts'
import {readRecipe} from './file/read.ts'
import {type RunResult, run} from './run.ts'
import {readRunRecipe} from './run-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await enterWorkplace()
})

const tiny = (changes: Parameters<typeof tinyRecipe>[1] = {}) => tinyRecipe(folder, changes)
const DRAWN = {model: {config: 'model', init: 'random'}, adapter: {method: 'full'}}
const results = () => readFileSync(join(folder, 'results/tiny.csv'), 'utf8').trim().split('\n')

/** Writes a file of JSON with these fields changed. */
function rewrite(file: string, fields: object): void {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  writeFileSync(file, JSON.stringify({...before, ...fields}))
}

/** The last state of a run. */
const lastState = ({folder}: RunResult) =>
  join(folder, 'checkpoints', readdirSync(join(folder, 'checkpoints')).sort().at(-1) ?? '')

/** The parameters that a run trained. */
async function thetaOf(done: RunResult): Promise<Data> {
  const {theta} = await readSafetensors(join(lastState(done), 'state.safetensors'))
  return readTensor(theta)
}

/** Everything of a trained state but times, and the answers. */
function bits(done: RunResult) {
  const last = lastState(done)
  const {seconds: _, ...state} = JSON.parse(readFileSync(join(last, 'state.json'), 'utf8'))
  return {
    tensors: readFileSync(join(last, 'state.safetensors')).toString('hex'),
    state,
    answers: readFileSync(join(done.folder, 'predictions-test.jsonl'), 'utf8'),
  }
}

test.runIf(process.platform === 'linux')('a run that needs a cache it cannot make is refused at once', async () => {
  process.env.SVFT_CACHE = '/sys/svft'
  const message = /^\/sys\/svft: .*; set SVFT_CACHE to a folder that can be written$/
  await expect(tiny().then(run)).rejects.toThrow(message)
  expect(existsSync('runs')).toBe(false)
  expect((await run(await tiny({adapter: {method: 'full'}}))).already).toBe(false)
})

test('a run trains, lets the model answer, and writes its row and the results', async () => {
  const events: RunEvent[] = []
  const done = await run(await tiny({train: {saveEvery: 1}}), {onEvent: event => events.push(event)})
  expect(done.already).toBe(false)
  expect(done.results).toBe(join(folder, 'results/tiny.csv'))
  expect(readdirSync(done.folder).sort()).toEqual([
    'checkpoints',
    'environment.json',
    'metrics.jsonl',
    'predictions-test.jsonl',
    'recipe.json',
    'row.json',
  ])
  expect(readdirSync(join(done.folder, 'checkpoints'))).toEqual(['step-000004'])
  expect(JSON.parse(readFileSync(join(done.folder, 'row.json'), 'utf8'))).toEqual(done.row)
  expect(done.row).toMatchObject({
    recipe: 'tiny',
    task: 'gsm8k',
    method: 'svft',
    settings: 'banded d=1',
    params: 2 * (16 + 2 * 15 + 1),
    scores: {test: {n: 3}},
    seed: 42,
    model: 'model',
    steps: 4,
    engine: 'onnx',
    threads: 1,
  })
  expect(results()).toHaveLength(2)
  expect(results()[1]).toMatch(/^tiny,gsm8k,svft,banded d=1,94,0,3,42,/)
  const types = events.map(({type}) => type).filter(type => type !== 'microBatch')
  expect(types.filter((type, i) => type !== types[i - 1])).toEqual([
    'factors',
    'training',
    'step',
    'answers',
    'warning',
  ])
  expect(events.find(({type}) => type === 'microBatch')).toEqual({type: 'microBatch', step: 0, done: 1, total: 2})
  expect(events.filter(({type}) => type === 'factors').at(-1)).toMatchObject({done: 2, total: 2})
  expect(events.find(({type}) => type === 'training')).toEqual({type: 'training', params: 94, steps: 4, from: 0})
})

test('a run that had finished gets the cells of the paper that its recipe names now', async () => {
  const first = await run(await tiny({paper: {cell: 't1.g2.svft_r16'}}))
  expect(first.row.cells).toEqual(['t1.g2.svft_r16'])
  const other = await run(await tiny({paper: {cell: 't1.g2.svft_p', also: ['t5.plain']}}))
  expect(other).toMatchObject({folder: first.folder, already: true})
  expect(other.row).toEqual({...first.row, cells: ['t1.g2.svft_p', 't5.plain']})
  expect(JSON.parse(readFileSync(join(first.folder, 'row.json'), 'utf8'))).toEqual(other.row)
  expect(results()[1]).toContain('t1.g2.svft_p')
  expect((await run(await tiny())).row.cells).toBeUndefined()
})

test('a recipe whose run would have the folder of another recipe is refused', async () => {
  const {folder: at} = await run(await tiny({name: 'a/b', train: {steps: 1}}))
  await expect(run(await tiny({name: 'a-b', train: {steps: 1}}))).rejects.toMatchObject({
    kind: 'usage',
    message: `${at}: this run is of recipe a/b, and the run of a-b would have the same folder; rename one of the two`,
  })
})

test('a run is refused if its folder is a copy of another run', async () => {
  const {folder: other} = await run(await tiny({train: {steps: 1}, seed: 1}))
  const {folder: own} = await run(await tiny({train: {steps: 1}, seed: 2}))
  rmSync(own, {recursive: true})
  cpSync(other, own, {recursive: true})
  await expect(run(await tiny({train: {steps: 1}, seed: 2}))).rejects.toMatchObject({
    kind: 'input',
    message: `${own}: its row is of another run, ${basename(other)}, as in a copied or renamed folder; move it away`,
  })
})

test('a row records the overrides of its recipe, which are in no recipe file and make no run another', async () => {
  const file = writeRecipe(folder)
  const {recipe} = await readRecipe(file, {set: ['train.steps=1', 'threads=1']})
  const {row, folder: own} = await run(recipe)
  expect(row).toMatchObject({steps: 1, set: 'train.steps=1'})
  expect(results()[0]).toMatch(/^recipe,task,method,settings,set,params,/)
  expect(await readRunRecipe(own)).not.toHaveProperty('set')
  expect((await run(await tiny({train: {steps: 1}}))).folder).toBe(own)
})

test('a finished run is not repeated, wherever its files stand and whatever its recipe is called', async () => {
  const first = await run(await tiny())
  const there = join(folder, 'elsewhere')
  cpSync(join(folder, 'model'), join(there, 'model'), {recursive: true})
  for (const name of ['train.jsonl', 'test.jsonl']) cpSync(join(folder, name), join(there, name))
  const events: RunEvent[] = []
  const again = await run(await tinyRecipe(there, {train: {saveEvery: 1}}), {onEvent: event => events.push(event)})
  expect(again).toEqual({...first, already: true})
  expect(events).toEqual([])
  expect(results()).toHaveLength(2)
})

test.runIf(process.platform === 'linux')('a finished run is printed where results cannot be written', async () => {
  const first = await run(await tiny())
  rmSync('results', {recursive: true})
  symlinkSync('/sys', 'results') // where nobody may write
  expect(await run(await tiny())).toMatchObject({folder: first.folder, results: first.results, already: true})
  await expect(run(await tiny({seed: 1}))).rejects.toMatchObject({kind: 'io'})
})

test('other data, weights, settings and seeds are other runs, each a line of the results', async () => {
  const folders = new Set([(await run(await tiny())).folder])
  for (const change of [{seed: 1}, {train: {lr: 1e-3}}, {adapter: {method: 'none'}}]) {
    folders.add((await run(await tiny(change))).folder)
  }
  writeFileSync(join(folder, 'test.jsonl'), '{"query": "1+1?", "response": "#### 2"}\n')
  folders.add((await run(await tiny())).folder)
  await writeModel(join(folder, 'model'), {seed: 2})
  folders.add((await run(await tiny())).folder)
  expect(folders.size).toBe(6)
  expect(results()).toHaveLength(7)
})

test('the same seed gives the same bits, another seed another start, order and dropout', async () => {
  const [line] = readFileSync('train.jsonl', 'utf8').split('\n')
  writeFileSync('one.jsonl', `${line}\n`)
  const data = {train: 'one.jsonl', test: {test: 'test.jsonl'}} // which has one order
  const targets = ['q_proj']
  const drawn = {
    order: {adapter: {method: 'ia3', targets}},
    start: {data, adapter: {method: 'lora', rank: 2, alpha: 4, targets}},
    dropout: {data, adapter: {method: 'vera', rank: 2, dropout: 0.5, shapes: 'sliced', targets}}, // which has one start
  }
  const trained = async (changes: object, seed: number) =>
    bits(await run(await tiny({...changes, seed, train: {steps: 1}})))
  for (const [what, changes] of Object.entries(drawn))
    expect((await trained(changes, 43)).tensors, what).not.toBe((await trained(changes, 42)).tensors)

  const whole = {adapter: {...drawn.start.adapter, dropout: 0.3}}
  const first = await trained(whole, 42)
  rmSync(join(folder, 'runs'), {recursive: true})
  expect(await trained(whole, 42)).toEqual(first)
})

test('a learning rate for some trainables moves those alone', async () => {
  const adapter = {method: 'lora', rank: 1, alpha: 1, targets: ['q_proj', 'v_proj']}
  const still = {train: {lr: 1e-30, steps: 1}, adapter}
  const after = await thetaOf(await run(await tiny({...still, train: {...still.train, lrs: {'*.q_proj.*.lora_B': 1}}})))
  const before = await thetaOf(await run(await tiny(still)))
  const changed = [...after.keys()].filter(i => after[i] !== before[i])
  expect(changed).toEqual(Array.from({length: 16}, (_, i) => 16 + i)) // behind q_proj's A
})

test('a clip of 0 clips nothing', async () => {
  const trained = async (clip: number) => thetaOf(await run(await tiny({train: {clip, steps: 1}})))
  expect(await trained(0)).toEqual(await trained(1e9))
})

test('any id of a list in generation_config.json ends an answer, and the row names the list', async () => {
  const recipe = await tiny({adapter: {method: 'none'}})
  const outputs = ({folder}: RunResult) =>
    readFileSync(join(folder, 'predictions-test.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).output)
  const before = await run(recipe)
  expect(outputs(before).every(output => output === '')).toBe(false)
  rewrite('model/generation_config.json', {eos_token_id: 2})
  const {modelRevision} = (await run(recipe)).row
  const all = Array.from({length: 510}, (_, i) => 2 + i)
  rewrite('model/generation_config.json', {eos_token_id: all})
  const ended = await run(recipe)
  rewrite('model/generation_config.json', {eos_token_id: [20, 2]})
  const listed = await run(recipe)
  expect(outputs(ended)).toEqual(['', '', ''])
  expect([modelRevision, listed.row.modelRevision, ended.row.modelRevision]).toEqual([
    expect.stringMatching(/^[0-9a-f]{16}$/),
    expect.stringMatching(/^[0-9a-f]{16} eos 2\+20$/),
    expect.stringMatching(/^[0-9a-f]{16} eos [0-9a-f]{16}$/),
  ])
})

test('a setting of generation_config.json that svft ignores is warned of', async () => {
  rewrite('model/generation_config.json', {repetition_penalty: 1.1})
  const found: string[] = []
  await run(await tiny({adapter: {method: 'none'}}), {
    onEvent: event => event.type === 'warning' && found.push(event.text),
  })
  const [ignored, ...others] = found
  expect(ignored).toMatch(/generation_config\.json: svft ignores repetition_penalty; /)
  expect(others).toEqual([expect.stringContaining('reached evaluate.maxNewTokens')])
})

test('a model drawn at random trains whole, from the seed', async () => {
  const {row} = await run(await tiny(DRAWN))
  expect(row).toMatchObject({
    method: 'full',
    model: 'model (random)',
    modelRevision: expect.stringMatching(/^config [0-9a-f]{16}$/),
    params: 512 * 16 + 768 + 3 * 16 + 3 * 384,
  })
  cpSync(join(folder, 'model'), join(folder, 'deeper'), {recursive: true})
  rewrite('deeper/config.json', {num_hidden_layers: 2})
  const deeper = await run(await tiny({...DRAWN, model: {config: 'deeper', init: 'random'}}))
  expect(deeper.already).toBe(false)
  expect(deeper.row.params).toBeGreaterThan(row.params)
})

test('a model drawn at random has the deviation of its config', async () => {
  rewrite('model/config.json', {initializer_range: 0.5})
  const theta = await thetaOf(await run(await tiny({...DRAWN, train: {lr: 1e-30, steps: 1}})))
  const embedding = [...theta.subarray(0, 512 * 16)]
  expect(Math.hypot(...embedding) / Math.sqrt(embedding.length)).toBeCloseTo(0.5, 1)
})

test.each([
  ['tokenizer.json', {normalizer: {type: 'Lowercase'}}],
  ['tokenizer_config.json', {add_bos_token: true}],
  ['special_tokens_map.json', {eos_token: '<pad>'}],
  ['generation_config.json', {eos_token_id: 3}],
])('another %s is another run, of a checkpoint and of a model drawn at random', async (file, fields) => {
  const recipes = [await tiny({adapter: {method: 'none'}}), await tiny(DRAWN)]
  const revisions = () => Promise.all(recipes.map(async recipe => (await run(recipe)).row.modelRevision))
  const before = await revisions()
  rewrite(join('model', file), fields)
  const after = await revisions()
  expect(new Set([...before, ...after]).size).toBe(4)
  expect(readdirSync(join(folder, 'runs'))).toHaveLength(4)
})

test('method none answers with the checkpoint as it is, and needs no training data', async () => {
  rmSync(join(folder, 'train.jsonl'))
  const {row, folder: at} = await run(await tiny({adapter: {method: 'none'}}))
  expect(row).toMatchObject({params: 0, steps: 0, scores: {test: {n: 3}}})
  expect(row.stepMs).toBeUndefined()
  expect(readdirSync(at)).not.toContain('checkpoints')
})

test('only the splits that the recipe names are scored, and of each file no more than its limit is read', async () => {
  cpSync(join(folder, 'test.jsonl'), join(folder, 'validation.jsonl'))
  const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {a: 'test.jsonl', b: 'test.jsonl'}}
  const changes = {data: {...data, limit: {train: 2, test: 1}}, evaluate: {splits: ['validation', 'b']}}
  const {row, folder: at} = await run(await tiny({...changes, train: {steps: undefined, epochs: 3}}))
  expect(row.scores).toEqual({
    validation: {score: 0, n: 1, metric: 'accuracy'},
    b: {score: 0, n: 1, metric: 'accuracy'},
  })
  expect(row.steps).toBe(3)
  expect(readdirSync(at).filter(name => name.startsWith('predictions'))).toEqual([
    'predictions-b.jsonl',
    'predictions-validation.jsonl',
  ])
})

test('environment.json keeps the environments of earlier sessions that a run goes on from, if they were other ones', async () => {
  const recipe = await tiny({train: {saveEvery: 1}})
  const stopped = async () => {
    const stop = new AbortController()
    const onEvent = ({type}: RunEvent) => type === 'step' && stop.abort()
    await expect(run(recipe, {onEvent, signal: stop.signal})).rejects.toThrow('aborted')
    return join(folder, 'runs', readdirSync(join(folder, 'runs'))[0], 'environment.json')
  }
  const file = await stopped()
  await stopped()
  expect(JSON.parse(readFileSync(file, 'utf8'))).not.toHaveProperty('earlier')
  rewrite(file, {cpu: 'another'})
  await stopped()
  const done = await run(recipe)
  const {earlier, ...last} = JSON.parse(readFileSync(file, 'utf8'))
  expect(earlier).toEqual([{...last, cpu: 'another'}])
  const {environment, mixed} = await readRunFacts(done.folder, done.row)
  expect(environment).toMatchObject({cpu: last.cpu})
  expect(mixed).toMatch(/^its sessions differ: processor .*, not another \(/)
})

test.each([
  [false, 'runs/halted'],
  [true, 'runs/.attempts/halted'],
])('a run that stopped is not resumed on other data, which the new run says once (fence: %s)', async (fence, path) => {
  const recipe = await tiny({name: 'halted', train: {steps: 3, saveEvery: 1}})
  const warningsOf = async (stopAt = 99) => {
    const stop = new AbortController()
    const told: string[] = []
    const onEvent = (event: RunEvent) => {
      if (event.type === 'warning') told.push(event.text)
      if (event.type === 'step' && event.report.step === stopAt) stop.abort()
    }
    await run(recipe, {onEvent, signal: stop.signal, fence}).catch(() => {})
    return told.filter(text => text.startsWith(path))
  }
  expect(await warningsOf(2)).toEqual([])
  const data = readFileSync(recipe.data.train, 'utf8')
  writeFileSync(recipe.data.train, data.replace('Amy', 'Ann'))
  expect(await warningsOf(1)).toEqual([
    expect.stringMatching(
      /halted-[0-9a-f]{8}-s\d+ stopped after step 2 and is not resumed: the files of its model or data have changed since, so this is another run$/,
    ),
  ])
  expect(await warningsOf()).toEqual([]) // it resumes its own state
})

test('a row that was damaged is named, not overwritten', async () => {
  const {folder: at} = await run(await tiny())
  writeFileSync(join(at, 'row.json'), '{')
  await expect(run(await tiny())).rejects.toThrow(
    `${at}/row.json: not a row of results; remove it and svft run writes a new one: not JSON`,
  )
  rmSync(join(at, 'row.json'))
  expect((await run(await tiny())).already).toBe(false)
})

test('what a finished run no longer needs is gone, its lock and merged weights among them', async () => {
  const {folder: at} = await run(await tiny())
  expect(readdirSync(at).filter(name => /lock|merged|tmp/.test(name))).toEqual([])
  expect(readdirSync(join(folder, 'results'))).toEqual(['tiny.csv'])
})

test('a run whose folder was moved meanwhile writes no row into the one that took its place', async () => {
  const recipe = await tiny()
  const onEvent = ({type}: RunEvent) => {
    if (type === 'training') renameSync('runs', 'moved')
  }
  const message = /^.*\/runs\/tiny-\w+-s42: moved or removed while the run was at work; run the command again, which /
  await expect(run(recipe, {onEvent})).rejects.toThrow(message)
  const [name] = readdirSync('runs')
  expect(readdirSync(join('runs', name)).sort()).toEqual(['checkpoints', 'failed.json', 'predictions-test.jsonl'])
  expect(await run(recipe)).toMatchObject({already: false, row: {scores: {test: {n: 3}}}})
})

test('answers that end at the largest number of tokens are counted once, for the run and not for its epochs', async () => {
  const told: string[] = []
  const recipe = await tiny({train: {keep: 'best', keepBy: 'test'}, evaluate: {maxNewTokens: 1}})
  const {folder: at, row} = await run(recipe, {onEvent: event => event.type === 'warning' && told.push(event.text)})
  expect(told.filter(text => text.includes('maxNewTokens'))).toEqual([
    'test: 3 of 3 answers reached evaluate.maxNewTokens (1) before they ended',
  ])
  const lines = readFileSync(join(at, 'predictions-test.jsonl'), 'utf8').trim().split('\n')
  expect(lines.map(line => JSON.parse(line).cut)).toEqual([true, true, true])
  expect(row.scores.test).toMatchObject({n: 3})
})

test('answers that may outgrow what the model was made for are reported once, also if nothing trains', async () => {
  const file = join(folder, 'model/config.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({...config, max_position_embeddings: 60}))
  const warnings = async (maxNewTokens: number) => {
    const told: string[] = []
    const data = {train: 'train.jsonl', test: {test: 'test.jsonl', again: 'test.jsonl'}}
    const recipe = await tiny({adapter: {method: 'none'}, train: undefined, data, evaluate: {maxNewTokens}})
    await run(recipe, {onEvent: event => event.type === 'warning' && told.push(event.text)})
    return told.filter(text => !text.endsWith('before they ended'))
  }
  const [told, ...others] = await warnings(40)
  expect(others).toEqual([])
  const [, prompt, room] = /prompt of (\d+) tokens .*maxNewTokens: (\d+) would fit$/.exec(told)!.map(Number)
  expect(told).toBe(
    `${folder}/test.jsonl: a prompt of ${prompt} tokens and an answer of up to 40 exceed the model's ` +
      `max_position_embeddings 60; evaluate.maxNewTokens: ${room} would fit`,
  )
  expect(prompt + room).toBe(60)
  expect(await warnings(room)).toEqual([])
})

test('a run that does not fit in memory is refused before anything is loaded, with its failure on record', async () => {
  cpSync(join(folder, 'model'), join(folder, 'wide'), {recursive: true})
  rewrite('wide/config.json', {intermediate_size: 2 ** 24, num_hidden_layers: 5}) // 1.5 TB of activations, never allocated
  const train = {batch: 10, microBatch: 10}
  const recipe = await tiny({...DRAWN, model: {config: 'wide', init: 'random'}, train})
  const refusal = await run(recipe).catch(error => error)
  expect(refusal).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/^tiny: training does not fit in memory: /),
  })
  const [own] = readdirSync('runs')
  expect(readdirSync(join('runs', own))).toEqual(['failed.json'])
  expect(JSON.parse(readFileSync(join('runs', own, 'failed.json'), 'utf8'))).toEqual({
    kind: 'failed',
    message: refusal.message,
  })
})
