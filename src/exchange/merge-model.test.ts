import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeAll, expect, test} from 'vitest'
import {adaptedLogits, checkpointAt} from '../../test/models/text-logits.ts'
import {openWorkplace, tinyRecipe, writeModel} from '../../test/support/workplace.ts'
import {METHODS_BY_NAME, type MethodName} from '../adapters/index.ts'
import {plan} from '../adapters/plan.ts'
import type {Named, Stored} from '../engine/program.ts'
import {openModel} from '../models/open-model.ts'
import {run} from '../recipes/run.ts'
import {openCheckpoint} from '../weights/checkpoint.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from '../weights/safetensors.ts'
import {writeMerged} from './merge-model.ts'
import {openAdapter} from './open-adapter.ts'
import {openTrained} from './open-trained.ts'
import {writeAdapter} from './write-adapter.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const PEFT = join(REPOSITORY, 'test/fixtures/peft')
const {base, ids, logits: THEIRS} = JSON.parse(readFileSync(join(PEFT, 'expected.json'), 'utf8'))
const BASE = join(REPOSITORY, base)

let folder: string
beforeAll(async () => {
  folder = await openWorkplace()
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
})

const targets = ['q_proj', 'v_proj', 'down_proj']
/** An adapter block of every method that changes weights, but for heads, or more. */
const ADAPTERS = {
  lora: {method: 'lora', rank: 2, alpha: 4, targets},
  dora: {method: 'dora', rank: 2, alpha: 4, targets},
  vera: {method: 'vera', rank: 3, shapes: 'sliced', targets},
  boft: {method: 'boft', b: 2, m: 2, fallback: false, targets},
  ia3: {method: 'ia3', feedforward: ['down_proj'], targets},
  svft: {method: 'svft', pattern: 'banded', diagonals: 1, targets},
  'svft of the full basis': {method: 'svft', pattern: 'random', diagonals: 1, basis: 'full', targets},
  svf: {method: 'svf', targets},
  pissa: {method: 'pissa', rank: 2, alpha: 2, targets},
  kasa: {method: 'kasa', rank: 2, alpha: 4, targets},
  psoft: {method: 'psoft', rank: 3, targets},
  osf: {method: 'osf', kept: 3, targets},
  full: {method: 'full'},
} satisfies Named<object> & Record<Exclude<MethodName, 'head' | 'none'>, object>

const finish = async (adapter: object, changes: object = {}) =>
  (await run(await tinyRecipe(folder, {adapter, train: {steps: 2, lr: 0.05}, ...changes}))).folder

function expectClose(ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance = 1e-5) {
  const largest = Math.max(...Array.from(theirs, Math.abs))
  expect(ours.length).toBe(theirs.length)
  expect(Math.max(...Array.from(ours, (value, i) => Math.abs(value - theirs[i]))) / largest).toBeLessThan(tolerance)
}

test.each(Object.entries(ADAPTERS))(
  '%s: a run merges into a checkpoint, and its exported adapter loads with the same tensors and logits',
  async (name, adapter) => {
    const trained = await openTrained(await finish(adapter))
    const whole = name === 'full' ? {...trained.tensors, ...trained.trained} : undefined
    const before = await adaptedLogits(trained, [5, 6, 7], whole)
    await writeMerged(trained, `${name}-merged`)
    expectClose(await adaptedLogits(trained, [5, 6, 7], await checkpointAt(`${name}-merged`, trained)), before)
    expect(existsSync(`${name}-merged/tokenizer.json`)).toBe(true)
    if (!METHODS_BY_NAME[adapter.method].peft) return

    await writeAdapter(trained, `${name}-adapter`)
    const back = await openTrained(`${name}-adapter`)
    expect(back.warnings).toEqual([])
    expect(back.folder).toBe(join(folder, 'model'))
    expect(back.plan.trainable).toEqual(trained.plan.trainable)
    for (const [name, stored] of Object.entries(trained.trained)) {
      expect(await readTensor(back.trained[name]), name).toEqual(await readTensor(stored))
    }
    expect(await adaptedLogits(back, [5, 6, 7])).toEqual(before)
  },
)

test('an earlier checkpoint does not take the place of a last one that is damaged or gone', async () => {
  const [shorter, longer] = [
    await finish(ADAPTERS.lora, {train: {steps: 1}}),
    await finish(ADAPTERS.lora, {train: {steps: 3}}),
  ]
  const last = join(longer, 'checkpoints/step-000003')
  cpSync(join(shorter, 'checkpoints/step-000001'), join(longer, 'checkpoints/step-000001'), {recursive: true})
  await openTrained(longer)

  const lost = `${join(longer, 'checkpoints')}: the checkpoint of step 3, the last, is damaged or gone`
  writeFileSync(join(last, 'state.json'), '{}')
  const earlier = '; the newest intact one is of step 1'
  await expect(openTrained(longer)).rejects.toMatchObject({kind: 'input', message: lost + earlier})
  rmSync(join(longer, 'checkpoints'), {recursive: true})
  await expect(openTrained(longer)).rejects.toMatchObject({kind: 'input', message: lost})
})

test.each(Object.keys(THEIRS))('an adapter that PEFT wrote gives the logits that PEFT computed: %s', async name => {
  const opened = await openAdapter(join(PEFT, name), BASE)
  expect(opened.warnings).toEqual([])
  expectClose(await adaptedLogits(opened, ids), THEIRS[name])
  await writeMerged(opened, `peft-${name}`)
  expectClose(await adaptedLogits(opened, ids, await checkpointAt(`peft-${name}`, opened)), THEIRS[name])
})

test('every method that PEFT knows has an adapter that PEFT wrote', () => {
  const known = Object.entries(METHODS_BY_NAME).flatMap(([name, {peft}]) => (peft && !peft.ours ? [name] : []))
  const lacking = known.filter(name => !Object.hasOwn(THEIRS, name))
  expect(lacking, 'add these methods to test/fixtures/peft/make.py, and run it with their names').toEqual([])
})

/** Keys of adapter_config.json whose values differ from PEFT's, by the name of the adapter. */
const OTHERWISE: Named<readonly string[]> = {
  lora: ['use_rslora', 'lora_alpha', 'modules_to_save'], // α/√r is written as α/r, and norm as model.norm
  'lora-patterns': ['use_rslora', 'lora_alpha', 'rank_pattern', 'alpha_pattern'], // patterns are written as whole paths
  'dora-patterns': ['rank_pattern', 'alpha_pattern'],
  'pissa-patterns': ['rank_pattern', 'alpha_pattern'],
}

/** Keys that PEFT sets and svft leaves out, since they say nothing about the adapter. */
const OMITTED: readonly string[] = ['peft_version', 'megatron_core', 'qalora_group_size']

const isUnset = (value: unknown) => !value || (typeof value === 'object' && Object.keys(value).length === 0)

test.each(Object.keys(THEIRS))('%s is written as PEFT writes it: names, shapes, settings', async name => {
  await writeAdapter(await openAdapter(join(PEFT, name), BASE), `again-${name}`)
  expectClose(await adaptedLogits(await openAdapter(`again-${name}`, BASE), ids), THEIRS[name])
  const shapes = async (path: string) => {
    const tensors = Object.entries(await readSafetensors(join(path, 'adapter_model.safetensors')))
    return Object.fromEntries(tensors.map(([name, {shape}]) => [name, shape]))
  }
  expect(await shapes(`again-${name}`)).toEqual(await shapes(join(PEFT, name)))

  const settings = (path: string): Named<unknown> => {
    const all: Named<unknown> = JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'))
    const kept = Object.entries(all).filter(
      ([key]) => ![...(OTHERWISE[name] ?? []), 'base_model_name_or_path'].includes(key),
    )
    return Object.fromEntries(kept.map(([key, value]) => [key, Array.isArray(value) ? value.toSorted() : value]))
  }
  const [theirs, ours] = [settings(join(PEFT, name)), settings(`again-${name}`)]
  expect(theirs).toMatchObject(ours)
  const lacking = Object.keys(theirs).filter(key => !(key in ours) && !isUnset(theirs[key]))
  expect(lacking.filter(key => !OMITTED.includes(key))).toEqual([])
})

test('dtype base: untrained tensors keep their bits, and config.json its contents', async () => {
  const at = join(REPOSITORY, 'test/goldens/models/llama-f16')
  const {task: _, ...other} = await openTrained(await finish(ADAPTERS.lora)) // this model has no tokenizer
  const trained = {...other, ...(await untrained(at))}
  await writeMerged(trained, 'rounded', {dtype: 'base'})
  const [first, second] = [await openCheckpoint(at), await openCheckpoint('rounded')]
  expect(second.config).toEqual(first.config)
  for (const [name, stored] of Object.entries(second.tensors)) {
    expect(stored.dtype).toBe('float16')
    expect(await readTensor(stored), name).toEqual(await readTensor(first.tensors[name]))
  }
})

test.each([
  ['float16', 65_519, 65_520],
  ['bfloat16', 2 ** 128 - 2 ** 119 - 2 ** 104, 2 ** 128 - 2 ** 119],
] as const)(
  'dtype base: weights beyond the range of %s are refused, and nothing is written',
  async (dtype, most, more) => {
    const at = join(REPOSITORY, 'test/goldens/models/llama-f16')
    const {task: _, ...other} = await openTrained(await finish(ADAPTERS.lora))
    const {model, tensors, ...rest} = await untrained(at)
    const name = 'model.norm.weight'
    const valued = (largest: number) => {
      const data = new Float32Array(model.shapes[name][0]).fill(-largest)
      const trained = {[name]: {dtype: 'float32', shape: model.shapes[name], at: {data}}} as const
      const typed = {...tensors, [name]: {...tensors[name], dtype}}
      return {...other, ...rest, model, tensors: typed, plan: plan(model, {whole: [name]}), trained}
    }
    await writeMerged(valued(most), `largest-${dtype}`, {dtype: 'base'})
    await expect(writeMerged(valued(more), `larger-${dtype}`, {dtype: 'base'})).rejects.toMatchObject({
      kind: 'input',
      message: `${name}: merged values are beyond the range of ${dtype}; --dtype float32 keeps them`,
    })
    expect(existsSync(`larger-${dtype}`)).toBe(false)
  },
)

/** A model as it is, for an `AdaptedModel`. */
async function untrained(at: string) {
  const {config, tensors} = await openCheckpoint(at)
  const model = openModel(config)
  return {folder: at, config, model, tensors, trained: {}, plan: plan(model, {})}
}

test('weights in shards are equal to those in one file', async () => {
  const trained = await openTrained(await finish(ADAPTERS.lora))
  await writeMerged(trained, 'one')
  await writeMerged(trained, 'shards', {shardBytes: 20_000})
  expect(
    readdirSync('shards').filter(name => /^model-0000\d-of-0000\d\.safetensors$/.test(name)).length,
  ).toBeGreaterThan(1)
  const [one, shards] = [await checkpointAt('one', trained), await checkpointAt('shards', trained)]
  for (const name of Object.keys(one)) expect(await readTensor(shards[name])).toEqual(await readTensor(one[name]))
})

test('a merged model can be scored, and trained further', async () => {
  await writeMerged(await openTrained(await finish(ADAPTERS.svft)), 'again')
  const {row} = await run(await tinyRecipe(folder, {model: 'again', adapter: {method: 'none'}}))
  expect(row.scores.test.n).toBe(3)
})

test('an existing folder is refused and left unchanged', async () => {
  const trained = await openTrained(await finish(ADAPTERS.lora))
  mkdirSync('taken')
  writeFileSync('taken/mine', '')
  await expect(writeMerged(trained, 'taken')).rejects.toThrow('taken: already exists; move it away first')
  expect(readdirSync('taken')).toEqual(['mine'])
})

test('a merge that is stopped leaves nothing', async () => {
  const stopped = new Error('stopped')
  const signal = AbortSignal.abort(stopped)
  await expect(writeMerged(await openAdapter(join(PEFT, 'lora'), BASE), 'to/stopped', {signal})).rejects.toBe(stopped)
  expect(readdirSync('to')).toEqual([])
})

test('runs without trained tensors, and folders that are neither a run nor an adapter, are refused', async () => {
  const none = await finish({method: 'none'})
  await expect(openTrained(none)).rejects.toThrow(/method none trains nothing/)
  await expect(openTrained('nowhere')).rejects.toMatchObject({kind: 'io', message: 'nowhere: no such file or folder'})
  mkdirSync('empty')
  await expect(openTrained('empty')).rejects.toThrow(/empty: neither a run, with recipe\.json, nor an adapter/)
  const full = await finish(ADAPTERS.full)
  await expect(openTrained(full, {base: 'model'})).rejects.toThrow(/--base is only for adapters/)
  await expect(writeAdapter(await openTrained(full), 'none')).rejects.toThrow(/method full has no separate adapter/)
  rmSync(join(full, 'row.json'))
  await expect(openTrained(full)).rejects.toThrow(/the run has not finished/)
})

test('an adapter whose frozen part was rounded to bfloat16, and is not in its file, is not exported', async () => {
  const opened = await openTrained(await finish(ADAPTERS.pissa))
  const rounded = Object.entries(opened.trained).map(([name, stored]): [string, Stored] => [
    name,
    name.endsWith('.residual') ? {...stored, dtype: 'bfloat16'} : stored,
  ])
  await expect(
    writeAdapter({...opened, trained: Object.fromEntries(rounded)}, 'rounded-adapter'),
  ).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringMatching(
      /^an adapter of method pissa: PEFT recomputes the frozen part in float32, .*; use svft merge$/,
    ),
  })
  expect(existsSync('rounded-adapter')).toBe(false)
})

test.each([
  ['model', () => writeModel(join(folder, 'other'), {seed: 2})],
  ['tokenizer', async () => writeFileSync(join(folder, 'other/tokenizer_config.json'), '{"add_bos_token": false}')],
])('a run whose %s has changed since is refused', async (_, change) => {
  await writeModel(join(folder, 'other'), {seed: 3})
  const at = await finish(ADAPTERS.lora, {model: 'other'})
  await change()
  await expect(openTrained(at)).rejects.toThrow(/other: not the model that the run was trained on/)
})

const change = (name: string, key: string, value: unknown) => {
  const to = join(folder, `changed-${key}`)
  cpSync(join(PEFT, name), to, {recursive: true})
  const file = join(to, 'adapter_config.json')
  writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), [key]: value}))
  return to
}

const TYPES = new Set(Object.values(METHODS_BY_NAME).flatMap(({peft}) => peft?.type ?? []))

const WRONG: readonly (readonly [string, string, unknown, RegExp])[] = [
  ['lora', 'peft_type', 'LOHA', RegExp(`peft_type must be one of ${[...TYPES].join(', ')}, not "LOHA"`)],
  [
    'lora',
    'rank_pattern',
    {q_proj: 4},
    /layers\.0\.self_attn\.q_proj\.lora_A\.weight is \(2, 32\), should be \(4, 32\)$/,
  ],
  [
    'pissa',
    'rank_pattern',
    {v_proj: 99},
    /0\.self_attn\.v_proj: r: 99 is too large for a weight \d+ × 32; at most \d+$/,
  ],
  ...['dora', 'kasa'].map(
    name =>
      [
        name,
        'init_lora_weights',
        'pissa',
        /init_lora_weights is not supported: "pissa"; PEFT changes .*path_initial_model_for_weight_conversion/,
      ] as const,
  ),
  ['kasa', 'use_dora', true, /kasa_config is not supported: \{"beta":0\.0003,"gamma":0\.002\}/],
  ['kasa', 'kasa_config', 5, /: kasa_config: not a JSON object: 5$/],
  ['kasa', 'kasa_config', null, /has a tensor that lora does not: .*lora_diag/],
  ['osf', 'rank_pattern', {q_proj: 4}, /rank_pattern is not supported: \{"q_proj":4\}/],
  [
    'lora',
    'init_lora_weights',
    'pissa_niter_16',
    /init_lora_weights is not supported: "pissa_niter_16"; .*path_initial_model/,
  ],
  [
    'lora',
    'init_lora_weights',
    'loftq',
    /init_lora_weights is not supported: "loftq"; PEFT changes the weights of the model for it; merge it with PEFT$/,
  ],
  ['dora', 'init_lora_weights', 'olora', /init_lora_weights is not supported: "olora"; .*path_initial_model/],
  ['lora', 'fan_in_fan_out', true, /fan_in_fan_out is not supported/],
  ['lora', 'lora_alpha', 0, /: lora_alpha: must be more than 0, not 0$/],
  ['lora', 'r', 3, /lora_A\.weight is \(2, 32\), should be \(3, 32\)/],
  [
    'lora',
    'use_dora',
    true,
    /lacks a tensor: base_model\.model\.model\.layers\.0\.self_attn\.q_proj\.lora_magnitude_vector/,
  ],
  ['dora', 'use_dora', false, /has a tensor that lora does not: .*lora_magnitude_vector/],
  ['pissa', 'r', 99, /: r: 99 is too large for a weight \d+ × 32; at most \d+$/],
  ['vera', 'save_projection', false, /save_projection is not supported: false/],
  ['boft', 'boft_dropout', 2, /: boft_dropout: /],
  ['boft', 'boft_block_num', 8, /boft_block_num: one must be above 0 and the other 0, not 4 and 8/],
  ['boft-blocks', 'boft_block_num', 0, /boft_block_num: one must be above 0 and the other 0, not 0 and 0/],
  ['boft-blocks', 'boft_block_num', 5, /boft_block_num must divide the weight's \d+ inputs: 5/],
  ['boft-blocks', 'boft_block_num', 16, /boft_R is \(1, 8, 4, 4\), should be \(1, 16, 2, 2\)/],
]

test.each(WRONG)('an adapter of %s whose config has another %s is refused', async (name, key, value, message) => {
  const at = change(name, key, value)
  await expect(openAdapter(at, BASE)).rejects.toThrow(message)
  await expect(openAdapter(at, BASE)).rejects.toMatchObject({kind: 'input'})
  rmSync(at, {recursive: true})
})

test('keys of a config that are not known are warned of, unless they are off', async () => {
  const warningsOf = async (key: string, value: unknown) =>
    (await openAdapter(change('lora', key, value), BASE)).warnings
  expect(await warningsOf('use_next', true)).toEqual([
    expect.stringMatching(/adapter_config\.json has keys that PEFT 0\.21 does not have, which are ignored: use_next$/),
  ])
  for (const [i, off] of [null, false, [], {}].entries()) expect(await warningsOf(`off_${i}`, off)).toEqual([])
})

test.each([false, 'gaussian', 'eva', 'orthogonal'])('an adapter whose LoRA started as %s loads', async start => {
  const at = change('lora', 'init_lora_weights', start)
  expect((await openAdapter(at, BASE)).settings.method).toBe('lora')
  rmSync(at, {recursive: true})
})

/** An adapter of the workplace's model, whose head is tied, with tensors that train whole. */
async function adapterWith(to: string, whole: readonly string[], changes: object = {}) {
  await writeAdapter(await openTrained(await finish(ADAPTERS.lora)), to)
  const file = join(to, 'adapter_model.safetensors')
  const tensors: Record<string, Writable> = {}
  for (const [name, stored] of Object.entries(await readSafetensors(file)))
    tensors[name] = {dtype: 'float32', shape: stored.shape, data: await readTensor(stored)}
  const {'model.embed_tokens.weight': embedding} = (await openCheckpoint('model')).tensors
  const values = (await readTensor(embedding)) as Float32Array
  for (const [i, name] of whole.entries()) {
    const data = values.map(value => ('ensure_weight_tying' in changes ? 2 : i + 2) * value)
    tensors[`base_model.model.${name}`] = {dtype: 'float32', shape: embedding.shape, data}
  }
  await writeSafetensors(file, tensors)
  const config = join(to, 'adapter_config.json')
  writeFileSync(config, JSON.stringify({...JSON.parse(readFileSync(config, 'utf8')), ...changes}))
  return values
}

test.each([
  ['an embedding', ['model.embed_tokens.weight'], [2, 1]],
  ['a head', ['lm_head.weight'], [1, 2]],
  ['an embedding and a head', ['model.embed_tokens.weight', 'lm_head.weight'], [2, 3]],
] as const)(
  'an adapter with %s of its own unties the model, as merge_and_unload does',
  async (title, whole, factors) => {
    const values = await adapterWith(`own ${title}`, whole)
    const opened = await openTrained(`own ${title}`)
    await writeMerged(opened, `merged ${title}`)
    const merged = await openCheckpoint(`merged ${title}`)
    expect(merged.config).toMatchObject({tie_word_embeddings: false})
    for (const [i, name] of ['model.embed_tokens.weight', 'lm_head.weight'].entries())
      expect(await readTensor(merged.tensors[name])).toEqual(values.map(value => factors[i] * value))
    const tensors = await checkpointAt(`merged ${title}`, opened)
    expectClose(await adaptedLogits(opened, [5, 6, 7], tensors), await adaptedLogits(opened, [5, 6, 7]))
  },
)

test.each([
  ['alone', []],
  ['beside the equal head', ['lm_head.weight']],
] as const)('an adapter whose embedding is tied on purpose, stored %s, keeps the model tied', async (stored, more) => {
  const values = await adapterWith(`tied ${stored}`, ['model.embed_tokens.weight', ...more], {
    ensure_weight_tying: true,
  })
  await writeMerged(await openTrained(`tied ${stored}`), `merged tied ${stored}`)
  const {config, tensors} = await openCheckpoint(`merged tied ${stored}`)
  expect(config).toMatchObject({tie_word_embeddings: true})
  expect(Object.keys(tensors)).not.toContain('lm_head.weight')
  expect(await readTensor(tensors['model.embed_tokens.weight'])).toEqual(values.map(value => 2 * value))
})

test.each(['int32', 'float64'] as const)('a base model with a tensor of %s is refused before any work', async dtype => {
  const [from, to] = [BASE, join(folder, `base-${dtype}`)]
  cpSync(from, to, {recursive: true})
  const tensors: Record<string, Writable> = {}
  for (const [name, stored] of Object.entries((await openCheckpoint(from)).tensors)) {
    const data = await readTensor(stored)
    const other = dtype === 'int32' ? Int32Array.from(data) : Float64Array.from(data)
    const isOther = name === 'model.norm.weight'
    tensors[name] = {dtype: isOther ? dtype : 'float32', shape: stored.shape, data: isOther ? other : data}
  }
  await writeSafetensors(join(to, 'model.safetensors'), tensors)
  const message = `${to}: model.norm.weight has type ${dtype}; supported: float32, bfloat16, float16`
  await expect(openAdapter(join(PEFT, 'lora'), to)).rejects.toMatchObject({kind: 'input', message})
})

test('an adapter of another model, or of one that does not exist here, is refused', async () => {
  await expect(openAdapter(join(PEFT, 'lora'), join(folder, 'model'))).rejects.toThrow(
    /adapts a tensor that the model does not have: model\.layers\.1/,
  )
  const openLost = (name: string) => openAdapter(change('lora', 'base_model_name_or_path', name))
  const notHere = '--base must name its model; the one in adapter_config\\.json is not a folder here:'
  await expect(openLost('some/model')).rejects.toThrow(
    new RegExp(`${notHere} some/model; some/model@main: not in the cache, .*; svft fetch downloads it`),
  )
  await expect(openLost('gpt2')).rejects.toThrow(
    new RegExp(`${notHere} gpt2; a name without an owner is not looked up in the hub's cache$`),
  )
  await expect(openLost('/no/such/folder')).rejects.toThrow(new RegExp(`${notHere} /no/such/folder$`))
})
