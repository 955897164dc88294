import {appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {enterWorkplace, tinyRecipe, writeLines} from '../../../test/support/workplace.ts'
import {sha256} from '../../base/sha256.ts'
import {writeChecksummed} from '../../weights/checksummed.ts'
import {readFloats, readSafetensors} from '../../weights/safetensors.ts'
import type {RunEvent} from '../events.ts'
import type {Recipe} from '../file/schema.ts'
import {run} from '../run.ts'
import {readTrainingLog} from './training-log.ts'

let folder: string
beforeEach(async () => {
  folder = await enterWorkplace()
})

const STEPS = 4
const METHODS = {
  'svft banded': {method: 'svft', pattern: 'banded', diagonals: 1, targets: ['q_proj', 'down_proj']},
  'svft random': {method: 'svft', pattern: 'random', diagonals: 1, targets: ['v_proj']},
  'lora with dropout': {method: 'lora', rank: 2, alpha: 4, dropout: 0.3, targets: ['q_proj', 'up_proj']},
  'dora with dropout': {method: 'dora', rank: 2, alpha: 4, dropout: 0.3, targets: ['v_proj']},
  vera: {method: 'vera', rank: 3, shapes: 'sliced', targets: ['q_proj', 'down_proj']},
  'boft with dropout': {method: 'boft', b: 2, m: 2, dropout: 0.5, targets: ['q_proj']},
  full: {method: 'full'},
}

/** Runs until `stopAfter` steps are done in all, or to the end; returns its events without the warning that no answer of the tiny model ends. */
async function work(recipe: Recipe, stopAfter = Infinity): Promise<RunEvent[]> {
  const stop = new AbortController()
  const told: RunEvent[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type !== 'warning' || !event.text.endsWith('before they ended')) told.push(event)
    if (event.type === 'step' && event.report.step === stopAfter) stop.abort()
  }
  const end = run(recipe, {onEvent, signal: stop.signal})
  if (stopAfter < Infinity) await expect(end).rejects.toThrow('aborted')
  else await end
  return told
}

const only = (...parts: string[]) => {
  const names = readdirSync(join(folder, ...parts))
  expect(names).toHaveLength(1)
  return join(folder, ...parts, names[0])
}
const checkpoints = () => join(only('runs'), 'checkpoints')
const newest = () => join(checkpoints(), readdirSync(checkpoints()).sort().at(-1) ?? '')
/** The sha256 of θ and of both moments, every loss to its last bit, and the answers. */
async function outcome() {
  const tensors = await readSafetensors(join(newest(), 'state.safetensors'))
  const hash = async (name: string) => sha256(new Uint8Array((await readFloats(tensors[name])).buffer))
  const {losses, gradNorms, step, tokens} = JSON.parse(readFileSync(join(newest(), 'state.json'), 'utf8'))
  const {scores} = JSON.parse(readFileSync(join(only('runs'), 'row.json'), 'utf8'))
  return {
    theta: await hash('theta'),
    moments: [await hash('m'), await hash('v')],
    losses: sha256(new Uint8Array(Float64Array.from(losses).buffer)),
    gradNorms,
    step,
    tokens,
    scores,
    answers: readFileSync(join(only('runs'), 'predictions-test.jsonl'), 'utf8'),
  }
}

test.each(Object.entries(METHODS))(
  '%s: stopped at any step and run again, it ends with the same bits',
  async (_, adapter) => {
    const recipe = await tinyRecipe(folder, {adapter, train: {steps: STEPS, warmup: 0.5, schedule: 'cosine'}})
    await work(recipe)
    const straight = await outcome()
    expect(straight).toMatchObject({step: STEPS, scores: {test: {n: 3}}})
    for (let k = 1; k < STEPS; k++) {
      rmSync(join(folder, 'runs'), {recursive: true})
      await work(recipe, k)
      expect(readdirSync(checkpoints())).toEqual([`step-00000${k}`])
      expect(readdirSync(only('runs'))).not.toContain('row.json')
      const told = await work(recipe)
      expect(told.find(({type}) => type === 'training')).toMatchObject({from: k, steps: STEPS})
      expect(await outcome()).toEqual(straight)
    }
  },
)

test('stopped after every step, and while it answers, it ends with the same bits', async () => {
  const recipe = await tinyRecipe(folder, {train: {epochs: 2, steps: undefined}, evaluate: {batch: 1}})
  await work(recipe)
  const straight = await outcome()
  rmSync(join(folder, 'runs'), {recursive: true})
  for (let k = 1; k < straight.step; k++) await work(recipe, k)

  const stop = new AbortController()
  const onEvent = (event: RunEvent) => event.type === 'answers' && event.done === 1 && stop.abort()
  await expect(run(recipe, {onEvent, signal: stop.signal})).rejects.toThrow('aborted')
  const told = await work(recipe)
  expect(told.find(({type}) => type === 'answers')).toMatchObject({done: 1, total: 3})
  expect(await outcome()).toEqual(straight)
})

test('the log has each step once, wherever the run was stopped or killed, and a run goes on without it', async () => {
  const recipe = await tinyRecipe(folder)
  const logged = async () => (await readTrainingLog(only('runs'))).map(({seconds: _, ...step}) => step)
  await work(recipe)
  const straight = await logged()
  expect(straight.map(({step}) => step)).toEqual([1, 2, 3, 4])
  const {losses, gradNorms} = JSON.parse(readFileSync(join(newest(), 'state.json'), 'utf8'))
  expect(straight.map(({loss}) => loss)).toEqual(losses)
  expect(straight.map(({gradNorm}) => gradNorm)).toEqual(gradNorms)

  rmSync(join(folder, 'runs'), {recursive: true})
  await work(recipe, 2)
  appendFileSync(
    join(only('runs'), 'metrics.jsonl'),
    `${JSON.stringify({...straight[2], loss: 9, seconds: 1})}\n{"step"`,
  )
  await work(recipe, 3)
  await work(recipe)
  expect(await logged()).toEqual(straight)

  rmSync(join(folder, 'runs'), {recursive: true})
  await work(recipe, 2)
  rmSync(join(only('runs'), 'metrics.jsonl'))
  mkdirSync(join(only('runs'), 'metrics.jsonl'))
  const told = await work(recipe)
  const warnings = told.flatMap(event => (event.type === 'warning' ? [event.text] : []))
  expect(warnings).toEqual([expect.stringMatching(/metrics\.jsonl: cannot be written, and the run goes on without it/)])
})

test('when a checkpoint is there, the log has all of its steps', async () => {
  const recipe = await tinyRecipe(folder, {train: {saveEvery: 1}})
  const logged: number[] = []
  const onEvent = (event: RunEvent) => {
    if (event.type !== 'microBatch' || event.step === 0) return
    expect(newest()).toMatch(`step-00000${event.step}`)
    logged.push(readFileSync(join(only('runs'), 'metrics.jsonl'), 'utf8').split('\n').length - 1)
  }
  await run(recipe, {onEvent})
  expect(logged).toEqual([1, 2, 3])
})

test('answers of the best epoch count, the first of equals, wherever the run was stopped', async () => {
  const recipe = (train: object) =>
    tinyRecipe(folder, {train: {steps: undefined, schedule: 'constant', lr: 0.1, saveEvery: 1, ...train}})
  const answersOf = async (train: object) => {
    await work(await recipe(train))
    const found = await outcome()
    rmSync(join(folder, 'runs'), {recursive: true})
    return found
  }
  const [one, two] = [await answersOf({epochs: 1}), await answersOf({epochs: 2})]
  expect(two.answers).not.toBe(one.answers)
  const best = {epochs: 2, keep: 'best', keepBy: 'test'}
  const kept = await answersOf(best)
  expect(kept).toMatchObject({theta: two.theta, scores: {test: {score: 0}}, answers: one.answers})

  for (const place of [1, 3, 5]) {
    const stop = new AbortController() // while the first epoch is scored, while the second is, and at the end
    let seen = 0
    const onEvent = ({type}: RunEvent) => type === 'answers' && ++seen === place && stop.abort()
    await expect(run(await recipe(best), {onEvent, signal: stop.signal})).rejects.toThrow('aborted')
    expect(await answersOf(best)).toEqual(kept)
  }

  const stop = new AbortController() // while the second epoch is scored; then the training starts again from step 0
  let seen = 0
  const onEvent = ({type}: RunEvent) => type === 'answers' && ++seen === 3 && stop.abort()
  await expect(run(await recipe(best), {onEvent, signal: stop.signal})).rejects.toThrow('aborted')
  rmSync(checkpoints(), {recursive: true})
  const scored = readdirSync(only('runs')).filter(name => name.startsWith('epoch-'))
  expect(scored).toHaveLength(1)
  const lines = kept.answers.trim().split('\n')
  writeLines(
    join(only('runs'), scored[0]),
    lines.map(line => ({...JSON.parse(line), output: `The answer is: ${JSON.parse(line).gold}`})),
  )
  expect(await answersOf(best)).toEqual(kept)
})

test('a run stopped before its first step begins anew', async () => {
  const recipe = await tinyRecipe(folder)
  const signal = AbortSignal.abort()
  await expect(run(recipe, {signal})).rejects.toBe(signal.reason)
  expect(readdirSync(only('runs'))).not.toContain('checkpoints')
  expect((await work(recipe)).find(({type}) => type === 'training')).toMatchObject({from: 0})
})

test('a damaged newest checkpoint is reported once, and the one before it leads to the same bits', async () => {
  const recipe = await tinyRecipe(folder, {train: {saveEvery: 1}})
  await work(recipe)
  const straight = await outcome()
  rmSync(join(folder, 'runs'), {recursive: true})
  await work(recipe, 3)
  truncateSync(join(newest(), 'state.safetensors'), 9)
  const told = await work(recipe)
  const warnings = told.flatMap(event => (event.type === 'warning' ? [event.text] : []))
  expect(warnings).toEqual([
    expect.stringMatching(/step-000003 cannot be used, so training resumes from the state before it: /),
  ])
  expect(told.find(({type}) => type === 'training')).toMatchObject({from: 2})
  expect(await outcome()).toEqual(straight)
})

test('factors that were computed anew and came out otherwise are never mixed with those of before', async () => {
  const recipe = await tinyRecipe(folder)
  await work(recipe, 2)
  const file = join(folder, 'cache/factors', readdirSync(join(folder, 'cache/factors'))[0])
  const {u, s, v} = await readSafetensors(file)
  const kept = readFileSync(file)
  const turned = async (stored: typeof u) => (await readFloats(stored)).map(x => -x)
  await writeChecksummed(file, {
    u: {dtype: 'float32', shape: u.shape, data: await turned(u)}, // as right as the other: (−U) Σ (−V)ᵀ = U Σ Vᵀ
    s: {dtype: 'float32', shape: s.shape, data: await readFloats(s)},
    v: {dtype: 'float32', shape: v.shape, data: await turned(v)},
  })
  await expect(run(recipe)).rejects.toMatchObject({
    kind: 'failed',
    message: `${newest()} was trained on other SVD factors, which were since computed again by another library; restore the earlier cache of factors; to start from step 0, move ${checkpoints()} away`,
  })
  expect(readdirSync(checkpoints())).toEqual(['step-000002'])
  writeFileSync(file, kept)
  await work(recipe)
})

test('a deleted cache is no matter where the factors come out the same', async () => {
  const recipe = await tinyRecipe(folder)
  await work(recipe)
  const straight = await outcome()
  rmSync(join(folder, 'runs'), {recursive: true})
  await work(recipe, 2)
  rmSync(join(folder, 'cache'), {recursive: true})
  await work(recipe)
  expect(await outcome()).toEqual(straight)
})

test('answers of an earlier training do not count for a new one', async () => {
  const recipe = await tinyRecipe(folder)
  await work(recipe)
  const straight = await outcome()
  rmSync(checkpoints(), {recursive: true})
  rmSync(join(only('runs'), 'row.json'))
  const file = join(only('runs'), 'predictions-test.jsonl')
  const lines = straight.answers
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  writeLines(
    file,
    lines.map(line => ({...line, output: 'of another model'})),
  )
  await work(recipe)
  expect(await outcome()).toEqual(straight)
})

test('another thread count is refused while the run goes on: bits may differ', async () => {
  await work(await tinyRecipe(folder), 2)
  const told: RunEvent[] = []
  const again = run(await tinyRecipe(folder, {threads: 2}), {onEvent: event => told.push(event)})
  await expect(again).rejects.toThrow('was trained with 1 thread, not 2; use 1')
  expect(told.filter(({type}) => type === 'factors')).toEqual([]) // refused before the model is factorized
})

test('examples too long to hold a target are left out, and reported once; the others train', async () => {
  writeLines(join(folder, 'long.jsonl'), [
    {query: 'How many? '.repeat(50), response: '3'},
    {query: 'Short?', response: '3. The answer is: 3'},
    {query: 'Also short?', response: '4. The answer is: 4'},
  ])
  const data = {train: 'long.jsonl', test: {test: 'test.jsonl'}}
  const told = await work(await tinyRecipe(folder, {data, train: {maxTokens: 48, batch: 2}}))
  expect(told.filter(({type}) => type === 'warning')).toEqual([
    {
      type: 'warning',
      text: expect.stringMatching(
        `^${folder}/long.jsonl:1: \\d+ tokens, of which train.maxTokens keeps 48: its prompt alone`,
      ),
    },
  ])
})

test('a loss that is not finite ends the run with the step and its examples', async () => {
  const adapter = METHODS.full
  const recipe = await tinyRecipe(folder, {adapter, train: {lr: 1e30, schedule: 'constant', saveEvery: 1}})
  await expect(run(recipe)).rejects.toMatchObject({
    kind: 'diverged',
    message: expect.stringMatching(
      /^step 2: the (loss|gradient) is not finite on examples \d+, \d+; loss: .*; the loss of step 1 was \d\.\d+; try a lower/,
    ),
  })
  expect(readdirSync(only('runs')).filter(name => /lock|tmp/.test(name))).toEqual([])
})

test('a batch of more than all examples trains as one of all of them', async () => {
  const losses = async (batch: number) =>
    (await work(await tinyRecipe(folder, {train: {batch, microBatch: batch}}))).flatMap(event =>
      event.type === 'step' ? [[event.report.loss, event.report.gradNorm]] : [],
    )
  const all = await losses(10)
  expect(all).toHaveLength(4)
  expect(await losses(100_000)).toEqual(all)
})

test('a gradient of 0 everywhere is reported once', async () => {
  const told = await work(await tinyRecipe(folder, {train: {lr: 1e30, schedule: 'constant'}}))
  expect(told.flatMap(event => (event.type === 'warning' ? [event.text] : []))).toEqual([
    'step 2: the gradient is 0, so nothing is learned; a learning rate below 1.00e+30 may help',
  ])
})

test('a warm-up without an end and settings larger than the weights are reported before training', async () => {
  const adapter = {method: 'svft', pattern: 'plain', rank: 500, targets: ['q_proj']}
  const told = await work(await tinyRecipe(folder, {adapter, train: {steps: 2, warmupSteps: 500}}))
  const [first, second] = told.flatMap(({type}, i) => (type === 'warning' ? [i] : []))
  expect(told[first]).toMatchObject({text: expect.stringContaining('adapter.rank: 500 truncates nothing')})
  expect(told[second]).toMatchObject({text: expect.stringContaining('the warm-up takes 500 steps')})
  expect(second).toBeLessThan(told.findIndex(({type}) => type === 'step'))
})
