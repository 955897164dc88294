import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {textLogits} from '../../test/models/text-logits.ts'
import {openWorkplace, tinyRecipe} from '../../test/support/workplace.ts'
import {attached} from '../adapters/attach.ts'
import {fromBfloat16, toBfloat16} from '../base/half.ts'
import type {Engine, Named, Stored} from '../engine/program.ts'
import {openKvDecoder} from '../evaluate/kv-decoder.ts'
import {readPredictions} from '../evaluate/predictions.ts'
import {modelFor} from '../models/open-model.ts'
import {random} from '../tensor/random.ts'
import {layout} from '../train/layout.ts'
import {readFloats, readWritable, type Writable} from '../weights/safetensors.ts'
import {events} from './events.ts'
import {type Experiment, openExperiment} from './experiment.ts'
import {runFolderAt} from './run-folder.ts'
import {mergedTensors, scoreModel} from './score-model.ts'
import {initializeAdapters} from './training/initial-tensors.ts'

let folder: string
beforeEach(async () => {
  folder = await openWorkplace()
  process.env.SVFT_CACHE = join(folder, 'cache')
})

const open = async (adapter: object) => openExperiment(await tinyRecipe(folder, {adapter}))

/** As if trained: every trainable somewhere near its start. */
async function trained({plan, tensors}: Experiment) {
  const {frozen, trainable} = await initializeAdapters({plan, tensors, random: random(1), threads: 1})
  const slots = layout(plan.trainable)
  const draw = random(2)
  const theta = slots.pack(trainable).map(x => x + 0.1 * draw.normal())
  return {layout: slots, frozen, theta}
}

async function computed(tensors: Named<Writable>): Promise<Named<Stored>> {
  const found: Record<string, Stored> = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    const {dtype, shape} = tensor
    found[name] = {dtype, shape, at: {data: (await readWritable(tensor)) as Float32Array}}
  }
  return found
}

const PROMPTS = [
  [5, 6, 7, 8, 9],
  [10, 11],
]
const NEXT = [12, 13]

async function logits({engine, model}: Experiment, weights: Named<Stored>) {
  const causal = modelFor('causal-lm', model, 'this test')
  const decoder = openKvDecoder({engine, model: causal, weights})
  const first = await decoder.start(PROMPTS)
  const next = await decoder.next(Int32Array.from(NEXT))
  await decoder.dispose()
  return Float32Array.from([...first, ...next])
}

/** The same of a model with its adapters apart, each text read as a whole. */
async function adaptedLogits({engine, model, plan}: Experiment, weights: Named<Stored>) {
  const options = {engine, model: modelFor('causal-lm', model, 'this test'), weights, adapted: attached(plan)}
  const longer = PROMPTS.map((prompt, i) => [...prompt, NEXT[i]])
  return [...(await textLogits(PROMPTS, options)), ...(await textLogits(longer, options))]
}

test.each([
  ['svft banded', {method: 'svft', pattern: 'banded', diagonals: 2, targets: ['q_proj', 'v_proj', 'down_proj']}],
  ['svft random', {method: 'svft', pattern: 'random', diagonals: 1, targets: ['k_proj', 'up_proj']}],
  ['svft truncated', {method: 'svft', pattern: 'plain', rank: 5, targets: ['o_proj', 'gate_proj']}],
  ['lora', {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'o_proj', 'up_proj']}],
  ['dora', {method: 'dora', rank: 2, alpha: 4, targets: ['k_proj', 'down_proj']}],
  ['vera', {method: 'vera', rank: 5, shapes: 'sliced', targets: ['v_proj', 'gate_proj', 'down_proj']}],
  ['boft', {method: 'boft', b: 2, m: 3, targets: ['q_proj', 'v_proj', 'down_proj']}],
])('%s: the merged model answers the logits of the adapted one', async (_, adapter) => {
  const experiment = await open(adapter)
  const {tensors} = experiment
  const end = await trained(experiment)
  const apart = await adaptedLogits(experiment, {...tensors, ...end.frozen, ...end.layout.tensors(end.theta)})
  const merged = await logits(experiment, {...tensors, ...(await computed(await mergedTensors(experiment, end)))})
  const untrained = await logits(experiment, tensors)
  const furthest = (other: Float32Array) => Math.max(...apart.map((x, i) => Math.abs(x - other[i])))
  expect(furthest(merged)).toBeLessThan(2e-5)
  expect(furthest(untrained)).toBeGreaterThan(0.01)
})

test('for an engine that computes in bfloat16, matrices are merged in float32 and rounded once', async () => {
  const experiment = await open({method: 'boft', b: 2, targets: ['q_proj']})
  const end = await trained(experiment)
  const exact = await mergedTensors(experiment, end)
  const engine: Engine = {
    ...experiment.engine,
    precision: 'bf16',
    compile: () => Promise.reject(new Error('unused')),
  }
  const rounded = await mergedTensors({...experiment, engine}, end)
  expect(Object.keys(rounded)).toEqual(Object.keys(exact))
  for (const [name, {shape, dtype}] of Object.entries(rounded)) {
    expect(dtype, name).toBe(shape.length === 2 ? 'bfloat16' : 'float32')
  }
  expect(await computed(rounded)).toEqual(
    Object.fromEntries(
      Object.entries(await computed(exact)).map(([name, tensor]) => [name, {...tensor, dtype: rounded[name].dtype}]),
    ),
  )
})

test('a run in bfloat16 says what its scores miss of what was trained', async () => {
  const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'o_proj', 'up_proj']}
  const {engine, ...experiment} = await open(lora)
  const tensors = await onGrid(experiment.tensors)
  const end = await trained({...experiment, engine, tensors})
  const warned: string[] = []
  const report = events(event => event.type === 'warning' && warned.push(event.text))
  const options = {
    folder: runFolderAt(folder, 'run'),
    events: report,
    signal: new AbortController().signal,
    final: true,
  }
  const bf16 = {...engine, precision: 'bf16'} as const
  await scoreModel({...experiment, tensors, engine: bf16}, end, options)
  expect(warned.splice(0)).toEqual([CUT])
  const small = {...end, theta: end.theta.map(value => value / 30)}
  await scoreModel({...experiment, tensors, engine: bf16}, small, {...options, final: false})
  expect(warned).toEqual([])
  await scoreModel({...experiment, tensors, engine: bf16}, small, options)
  expect(warned).toEqual([
    expect.stringMatching(/^scored with merged weights in bfloat16, which keep only \d+ % of what training changed/),
    CUT,
  ])
})

const CUT = 'test: 3 of 3 answers reached evaluate.maxNewTokens (2) before they ended'

/** Tensors as a checkpoint has them that was published in bfloat16. */
async function onGrid(tensors: Named<Stored>): Promise<Named<Stored>> {
  const rounded = Object.entries(tensors).map(async ([name, tensor]): Promise<[string, Stored]> => {
    const data = fromBfloat16(toBfloat16(await readFloats(tensor)))
    return [name, {...tensor, at: {data}}]
  })
  return Object.fromEntries(await Promise.all(rounded))
}

test('scores that are not finite come with what to do about it', async () => {
  const experiment = await open({method: 'full'})
  const {tensors} = experiment
  const data = Float32Array.from(await readFloats(tensors['model.norm.weight'])).fill(Number.NaN)
  const broken = {...tensors, 'model.norm.weight': {...tensors['model.norm.weight'], at: {data}}}
  const options = {folder: runFolderAt(folder, 'run'), events: events(() => {}), signal: new AbortController().signal}
  await expect(scoreModel({...experiment, tensors: broken}, undefined, options)).rejects.toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/not finite: .*; the model's weights contain NaN, infinite or too large values$/),
  })
  const end = await trained(experiment)
  const diverged = {...end, theta: end.theta.fill(Number.NaN)}
  await expect(scoreModel(experiment, diverged, options)).rejects.toMatchObject({
    kind: 'diverged',
    message: expect.stringMatching(
      /not finite: .*; training has diverged: try a lower learning rate or a longer warm-up$/,
    ),
  })
})

test('merged weights stay on the disk no longer than they are read, also where a stop comes', async () => {
  const experiment = await open({method: 'full'})
  const end = await trained(experiment)
  const at = runFolderAt(folder, 'run')
  const stop = new AbortController()
  stop.abort()
  const options = {folder: at, events: events(() => {}), signal: stop.signal}
  await expect(scoreModel(experiment, end, options)).rejects.toThrow('aborted')
  expect(readdirSync(folder)).not.toContain('merged.safetensors')
  const scores = await scoreModel(experiment, end, {...options, signal: new AbortController().signal})
  expect(scores.test).toMatchObject({n: 3})
  expect(await readPredictions(join(folder, 'predictions-test.jsonl'))).toHaveLength(3)
  expect(readdirSync(folder)).not.toContain('merged.safetensors')
})
