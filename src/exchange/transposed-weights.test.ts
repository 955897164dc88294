// Models whose linear layers are stored as (in, out), as GPT-2's are: checkpoints and adapters keep that form.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {relativeError} from '../../test/models/adapters.ts'
import {adaptedLogits, checkpointAt} from '../../test/models/text-logits.ts'
import {openWorkplace, tinyConfig, tinyRecipe, writeModel} from '../../test/support/workplace.ts'
import {METHODS_BY_NAME, type MethodName} from '../adapters/index.ts'
import {run} from '../recipes/run.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {readSafetensors} from '../weights/safetensors.ts'
import type {AdaptedModel} from './adapted-model.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'
import {openTrained} from './open-trained.ts'
import {writeAdapter} from './write-adapter.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const PEFT = join(REPOSITORY, 'test/fixtures/peft-gpt2')
const {base, ids, logits: THEIRS} = JSON.parse(readFileSync(join(PEFT, 'expected.json'), 'utf8'))
const BASE = join(REPOSITORY, base)

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const {vocab_size} = await tinyConfig()
  const config = {model_type: 'gpt2', vocab_size, n_embd: 16, n_layer: 1, n_head: 2, n_positions: 128}
  await writeModel(join(folder, 'gpt2'), {config})
})

const shapesOf = async (path: string) =>
  Object.fromEntries(Object.entries(await readSafetensors(path)).map(([name, {shape}]) => [name, shape]))

test.each(Object.keys(THEIRS))('an adapter that PEFT wrote gives the logits that PEFT computed: %s', async name => {
  const opened = await openAdapter(join(PEFT, name), BASE)
  expect(relativeError(await adaptedLogits(opened, ids), THEIRS[name])).toBeLessThan(1e-5)
  await writeMerged(opened, `peft-${name}`)
  expect(
    relativeError(await adaptedLogits(opened, ids, await checkpointAt(`peft-${name}`, opened)), THEIRS[name]),
  ).toBeLessThan(1e-5)
  expect((await shapesOf(`peft-${name}/model.safetensors`))['transformer.h.0.mlp.c_fc.weight']).toEqual([32, 128])
})

test.each(Object.keys(THEIRS))('%s is written as PEFT writes it: names, shapes, settings', async name => {
  await writeAdapter(await openAdapter(join(PEFT, name), BASE), `again-${name}`)
  const file = 'adapter_model.safetensors'
  expect(await shapesOf(join(`again-${name}`, file))).toEqual(await shapesOf(join(PEFT, name, file)))
  const written = JSON.parse(readFileSync(`again-${name}/adapter_config.json`, 'utf8'))
  expect(written.fan_in_fan_out).toBe(true)
})

const targets = ['c_attn', 'c_fc', 'mlp.c_proj']
/** An adapter block of every method that changes weights, but for heads. */
const METHODS = {
  lora: {method: 'lora', rank: 2, alpha: 4, targets},
  dora: {method: 'dora', rank: 2, alpha: 4, targets},
  vera: {method: 'vera', rank: 3, shapes: 'sliced', targets},
  boft: {method: 'boft', b: 2, m: 2, fallback: false, targets},
  ia3: {method: 'ia3', feedforward: ['mlp.c_proj'], targets},
  svft: {method: 'svft', pattern: 'banded', diagonals: 1, init: 'zeros', targets},
  svf: {method: 'svf', targets},
  pissa: {method: 'pissa', rank: 2, alpha: 2, targets},
  kasa: {method: 'kasa', rank: 2, alpha: 4, targets},
  psoft: {method: 'psoft', rank: 3, targets},
  osf: {method: 'osf', kept: 3, targets},
  full: {method: 'full'},
} satisfies Record<Exclude<MethodName, 'head' | 'none'>, object>

const finish = async (adapter: object, train: object) =>
  (await run(await tinyRecipe(folder, {model: 'gpt2', adapter, train: {steps: 2, ...train}}))).folder

test.each(Object.entries(METHODS))(
  '%s: a run starts from the weights, and merges into a checkpoint',
  async (name, adapter) => {
    const started = await openTrained(await finish(adapter, {lr: 1e-9}))
    const original = await adaptedLogits(started, [5, 6, 7], started.tensors)
    const whole = (trained: AdaptedModel) => (name === 'full' ? {...trained.tensors, ...trained.trained} : undefined)
    const most = name === 'kasa' ? 0.5 : 1e-4 // KaSA starts without the smallest singular values
    expect(relativeError(await adaptedLogits(started, [5, 6, 7], whole(started)), original)).toBeLessThan(most)

    const trained = await openTrained(await finish(adapter, {lr: 0.05}))
    const before = await adaptedLogits(trained, [5, 6, 7], whole(trained))
    expect(relativeError(before, original)).toBeGreaterThan(1e-3)
    await writeMerged(trained, `${name}-merged`)
    expect(
      relativeError(await adaptedLogits(trained, [5, 6, 7], await checkpointAt(`${name}-merged`, trained)), before),
    ).toBeLessThan(1e-5)
  },
)

/** The methods that PEFT knows, but of which it wrote no adapter for such layers. */
const REFUSED = Object.entries(METHODS).filter(([name]) => {
  const {peft} = METHODS_BY_NAME[name]
  return peft && !peft.ours && !Object.hasOwn(THEIRS, name)
})

test.each(REFUSED)('PEFT has no %s for such layers, so that none is written', async (name, adapter) => {
  const trained = await openTrained(await finish(adapter, {lr: 0.05}))
  const {label} = METHODS_BY_NAME[name]
  const message = `PEFT’s ${label} cannot adapt layers whose weights are stored as (in, out); use svft merge`
  const remedy = 'let `write` refuse them, or add what PEFT writes to test/fixtures/peft-gpt2'
  await expect(writeAdapter(trained, `${name}-adapter`), remedy).rejects.toThrow(message)
})

test('texts that are longer than the learned positions are cut in training, and refused where they are continued', async () => {
  const config = {...(await openCheckpoint('gpt2')).config, n_positions: 39}
  await writeModel(join(folder, 'short'), {config})
  const recipe = (evaluate: object) => tinyRecipe(folder, {model: 'short', adapter: METHODS.lora, evaluate})
  const {row} = await run(await recipe({maxNewTokens: 2}))
  expect(row.scores.test.n).toBe(3)
  await expect(run(await recipe({maxNewTokens: 3}))).rejects.toThrow(
    "test.jsonl: a prompt of 37 tokens and an answer of up to 3 exceed the model's 39 positions; evaluate.maxNewTokens: 2 would fit",
  )
})
