import {cpSync, readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {relativeError} from '../../test/models/adapters.ts'
import {textLogits} from '../../test/models/text-logits.ts'
import {openFolder} from '../../test/support/cleanup.ts'
import {attached} from '../adapters/attach.ts'
import {modelFor} from '../models/open-model.ts'
import {readEnvironment} from '../recipes/environment.ts'
import {readRecipe} from '../recipes/file/read.ts'
import {run} from '../recipes/run.ts'
import {newestState} from '../train/saved-states.ts'
import {checkTensors, openCheckpoint} from '../weights/checkpoint.ts'
import {readSafetensors, readTensor} from '../weights/safetensors.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'
import {openTrained} from './open-trained.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const FIXTURE = join(REPOSITORY, 'test/fixtures/svft-0.1')
const RUN = 'runs/tiny-3cf50284-s42'

/** Whether this machine computes the same bits as the one that wrote the fixture. */
let sameBits: boolean

beforeAll(async () => {
  const folder = openFolder()
  cpSync(FIXTURE, folder, {recursive: true})
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']) {
    cpSync(join(REPOSITORY, 'models/llama-mini', name), join(folder, 'model', name))
  }
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const [now, then] = [await readEnvironment(), JSON.parse(readFileSync('environment.json', 'utf8'))]
  sameBits = (['onnxruntime', 'platform', 'simd'] as const).every(key => now[key] === then[key])
})

function expectSame(found: Float32Array, expected: Float32Array): void {
  if (sameBits) expect(found).toEqual(expected)
  else expect(relativeError(found, expected)).toBeLessThan(1e-5)
}

test('an adapter folder of svft 0.1 loads, predicts as its merged model did, and merges to the same weights', async () => {
  const opened = await openAdapter('adapter', 'model')
  const {engine, plan, tensors, trained} = opened
  const model = modelFor('causal-lm', opened.model, 'this test')
  const merged = await readSafetensors('merged/model.safetensors')
  const prompts = [[5, 6, 7, 8]]
  const apart = await textLogits(prompts, {engine, model, weights: {...tensors, ...trained}, adapted: attached(plan)})
  expect(relativeError(apart, await textLogits(prompts, {engine, model, weights: merged}))).toBeLessThan(1e-5)
  expect(relativeError(apart, await textLogits(prompts, {engine, model, weights: tensors}))).toBeGreaterThan(1e-3)

  await writeMerged(opened, 'merged-now')
  const now = checkTensors(await openCheckpoint('merged-now'), model)
  expect(Object.keys(now).sort()).toEqual(Object.keys(merged).sort())
  for (const [name, stored] of Object.entries(merged)) {
    expectSame((await readTensor(now[name])) as Float32Array, (await readTensor(stored)) as Float32Array)
  }
})

test('a checkpoint of svft 0.1 resumes to the trainables, losses and predictions of the run that went through', async () => {
  cpSync('run/checkpoints/step-000002', join(RUN, 'checkpoints/step-000002'), {recursive: true})
  const {recipe} = await readRecipe('tiny.yaml')
  const steps: number[] = []
  const {folder} = await run(recipe, {
    onEvent: event => {
      if (event.type === 'step') steps.push(event.report.step)
    },
  })
  expect(folder).toBe(resolve(RUN))
  expect(steps).toEqual([3, 4])

  const [now, then] = await Promise.all([join(RUN, 'checkpoints'), 'run/checkpoints'].map(newestState))
  if (!now || !then) throw new Error('no state')
  expect({recipe: now.stamp.recipe, frozen: now.stamp.frozen}).toEqual({
    recipe: then.stamp.recipe,
    frozen: then.stamp.frozen,
  })
  for (const name of ['theta', 'm', 'v'] as const) expectSame(now.state[name], then.state[name])
  expectSame(Float32Array.from(now.state.losses), Float32Array.from(then.state.losses))
  const predictions = (path: string) => readFileSync(join(path, 'predictions-test.jsonl'), 'utf8')
  expect(predictions(RUN).replaceAll('"cut":true,', '')).toBe(predictions('run')) // svft 0.1 did not mark them

  const trained = await openTrained(RUN)
  const adapter = await openAdapter('adapter', 'model')
  expect(Object.keys(trained.trained).sort()).toEqual(Object.keys(adapter.trained).sort())
  for (const [name, stored] of Object.entries(adapter.trained)) {
    expectSame(Float32Array.from(await readTensor(trained.trained[name])), Float32Array.from(await readTensor(stored)))
  }
})
