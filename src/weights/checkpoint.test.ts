import {copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {faultOf} from '../../test/support/fault-of.ts'
import {Fault} from '../base/fault.ts'
import type {Data, Shape, Stored} from '../engine/program.ts'
import {checkTensors, checkTied, hashRevision, nearestTensor, openCheckpoint} from './checkpoint.ts'
import {hashTensor} from './hash-tensor.ts'
import type {CheckpointLayout} from './names.ts'
import {readTensor, type Writable, writeSafetensors} from './safetensors.ts'

const root = openFolder()

const CONFIG = {model_type: 'tiny', hidden_size: 2}
const FIRST = 'model-00001-of-00002.safetensors'
const SECOND = 'model-00002-of-00002.safetensors'
const MAP = {'embed.weight': FIRST, 'layers.0.q_proj.weight': FIRST, 'norm.weight': SECOND}

const tensor = (...shape: number[]): Writable => {
  const length = shape.reduce((n, d) => n * d, 1)
  return {dtype: 'float32', shape, data: Float32Array.from({length}, (_, i) => i + 0.5)}
}
const layout = (shapes: Record<string, Shape>): CheckpointLayout => ({shapes, prefix: 'model'})

const WEIGHTS = {'embed.weight': tensor(4, 2), 'layers.0.q_proj.weight': tensor(2, 2), 'norm.weight': tensor(2)}

let made = 0
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(made++))
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

async function whole(config: unknown = CONFIG): Promise<string> {
  const folder = folderWith({'config.json': JSON.stringify(config)})
  await writeSafetensors(join(folder, 'model.safetensors'), WEIGHTS)
  return folder
}

async function sharded(index: unknown = {metadata: {total_size: 56}, weight_map: MAP}): Promise<string> {
  const text = typeof index === 'string' ? index : JSON.stringify(index)
  const folder = folderWith({'config.json': JSON.stringify(CONFIG), 'model.safetensors.index.json': text})
  const {'norm.weight': norm, ...others} = WEIGHTS
  await writeSafetensors(join(folder, FIRST), others)
  await writeSafetensors(join(folder, SECOND), {'norm.weight': norm})
  return folder
}

test('one file and shards with an index hold the same tensors', async () => {
  const one = await openCheckpoint(await whole())
  const two = await openCheckpoint(await sharded())
  expect(one.config).toEqual(CONFIG)
  expect(two.config).toEqual(CONFIG)
  expect(Object.keys(two.tensors).sort()).toEqual(Object.keys(one.tensors).sort())
  for (const [name, stored] of Object.entries(one.tensors)) {
    expect(await readTensor(two.tensors[name])).toEqual(await readTensor(stored))
    expect(await hashTensor(two.tensors[name])).toBe(await hashTensor(stored))
  }
})

const FIXTURE = join(import.meta.dirname, '../../test/fixtures/torch/views.bin')

test('PyTorch files are read if there are no safetensors, in one file or in shards', async () => {
  const one = folderWith({'config.json': JSON.stringify(CONFIG)})
  copyFileSync(FIXTURE, join(one, 'pytorch_model.bin'))
  const {tensors} = await openCheckpoint(one)
  expect(tensors['embed.weight'].shape).toEqual([3, 4])
  const shard = 'pytorch_model-00001-of-00001.bin'
  const map = Object.fromEntries(Object.keys(tensors).map(name => [name, shard]))
  const two = folderWith({
    'config.json': JSON.stringify(CONFIG),
    'pytorch_model.bin.index.json': JSON.stringify({weight_map: map}),
  })
  copyFileSync(FIXTURE, join(two, shard))
  expect(Object.keys((await openCheckpoint(two)).tensors)).toEqual(Object.keys(tensors))
  await writeSafetensors(join(two, 'model.safetensors'), WEIGHTS)
  expect(Object.keys((await openCheckpoint(two)).tensors)).not.toContain('whole')
})

test('a state dict that was saved as model.pt, or as the only .pt, is read if there is nothing else', async () => {
  const folder = folderWith({'config.json': JSON.stringify(CONFIG)})
  copyFileSync(FIXTURE, join(folder, 'best.pt'))
  const names = Object.keys((await openCheckpoint(folder)).tensors)
  expect(names).toContain('embed.weight')
  renameSync(join(folder, 'best.pt'), join(folder, 'model.pt'))
  writeFileSync(join(folder, 'optimizer.pt'), 'not looked at')
  expect(Object.keys((await openCheckpoint(folder)).tensors)).toEqual(names)
  await writeSafetensors(join(folder, 'model.safetensors'), WEIGHTS)
  expect(Object.keys((await openCheckpoint(folder)).tensors)).toEqual(Object.keys(WEIGHTS))
})

test("links, as in the hub's cache, are followed to their files", async () => {
  const folder = await sharded()
  const blobs = join(root, 'blobs')
  mkdirSync(blobs)
  for (const name of ['config.json', 'model.safetensors.index.json', FIRST, SECOND]) {
    renameSync(join(folder, name), join(blobs, `blob-${name}`))
    symlinkSync(join('..', 'blobs', `blob-${name}`), join(folder, name))
  }
  const {tensors} = await openCheckpoint(folder)
  expect(tensors['norm.weight'].at).toMatchObject({file: expect.stringMatching(`/blobs/blob-${SECOND}$`)})
  expect(await readTensor(tensors['norm.weight'])).toEqual(Float32Array.of(0.5, 1.5))
})

test('a folder that is missing or a file is a fault of input and output', async () => {
  const file = join(folderWith({'config.json': '{}'}), 'config.json')
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(root, 'none'), /none: no such file or folder/],
    [file, /config\.json: a part of the path is a file, not a folder/],
  ]
  for (const [folder, message] of cases) {
    const fault = await faultOf(openCheckpoint(folder))
    expect([fault.kind, fault.message]).toEqual(['io', expect.stringMatching(message)])
  }
})

const INCOMPLETE: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['nothing', {}, /config\.json is missing/],
  ['a config that is no JSON', {'config.json': 'hidden_size: 2'}, /config\.json: not JSON: Unexpected token/],
  ['an empty config', {'config.json': ''}, /config\.json: not JSON/],
  ['a config that is a list', {'config.json': '[1]'}, /config\.json: not a JSON object: \[1\]/],
  ['a config with a key twice', {'config.json': '{"a":1,"a":2}'}, /config\.json: a key occurs twice: a/],
  [
    'a config that pollutes',
    {'config.json': '{"a":{"__proto__":1}}'},
    /config\.json: a key may not be named __proto__/,
  ],
  [
    'no weights',
    {'config.json': '{}'},
    /weights are missing: none of model\.safetensors or its \.index\.json, pytorch_model\.bin or its \.index\.json, model\.pt or a single \.pt$/,
  ],
  [
    'several files of which none has a known name',
    {'config.json': '{}', 'optimizer.pt': '', 'scheduler.pt': ''},
    /or a single \.pt; several \.pt files: optimizer\.pt, scheduler\.pt$/,
  ],
  ['pickled weights of no bytes', {'config.json': '{}', 'pytorch_model.bin': ''}, /not a file of PyTorch/],
  [
    'pickled shards that lie elsewhere',
    {'config.json': '{}', 'pytorch_model.bin.index.json': '{"weight_map":{"a":"../a.bin"}}'},
    /pytorch_model\.bin\.index\.json: tensor a: not a \.bin file in the folder of the index: "\.\.\/a\.bin"/,
  ],
  [
    'weights of no bytes',
    {'config.json': '{}', 'model.safetensors': ''},
    /model\.safetensors: not safetensors: only 0/,
  ],
]

test.each(INCOMPLETE)(
  'a folder with %s is refused, and the fault names the missing part',
  async (_, files, message) => {
    const fault = await faultOf(openCheckpoint(folderWith(files)))
    expect([fault.kind, fault.message]).toEqual(['input', expect.stringMatching(message)])
  },
)

const moved = (shard: unknown) => ({weight_map: {...MAP, 'norm.weight': shard}})

const INDEXES: readonly (readonly [string, unknown, RegExp])[] = [
  ['no map', {}, /weight_map is not a map/],
  ['a list for a map', {weight_map: []}, /weight_map is not a map/],
  ['a tensor twice', `{"weight_map":{"a":"${FIRST}","a":"${SECOND}"}}`, /a key occurs twice: a/],
  [
    'a shard above the folder',
    moved('../model.safetensors'),
    /tensor norm\.weight: not a \.safetensors file in the folder of the index/,
  ],
  ['a shard at the root', moved('/model.safetensors'), /not a \.safetensors file in the folder of the index: "\/model/],
  ['a shard in a folder', moved('sub/model.safetensors'), /not a \.safetensors file in the folder of the index/],
  ['a shard behind a backslash', moved('..\\model.safetensors'), /not a \.safetensors file in the folder of the index/],
  ['two dots', moved('...safetensors'), /not a \.safetensors file in the folder of the index/],
  [
    'a pickled shard',
    moved('pytorch_model.bin'),
    /not a \.safetensors file in the folder of the index: "pytorch_model.bin"/,
  ],
  [
    'a shard with a zero byte',
    moved('a\0.safetensors'),
    /not a \.safetensors file in the folder of the index: "a\\u0000/,
  ],
  ['a number for a shard', moved(2), /not a \.safetensors file in the folder of the index: 2/],
  [
    'a shard that is missing',
    moved('model-3.safetensors'),
    /model-3\.safetensors: the shard with tensor norm\.weight is missing/,
  ],
  [
    'a tensor in the wrong shard',
    moved(FIRST),
    /00001-of-00002\.safetensors: lacks a tensor that .* locates there: norm\.weight/,
  ],
  [
    'a tensor that its shard lacks',
    {weight_map: {...MAP, 'head.weight': SECOND}},
    /00002-of-00002\.safetensors: lacks a tensor that .* locates there: head\.weight/,
  ],
  [
    'no place for a tensor of a shard',
    {weight_map: {'embed.weight': FIRST, 'norm.weight': SECOND}},
    /00001-of-00002\.safetensors: contains a tensor that .* lacks: layers\.0\.q_proj\.weight/,
  ],
  [
    'two tensors swapped',
    {weight_map: {'embed.weight': SECOND, 'layers.0.q_proj.weight': FIRST, 'norm.weight': SECOND}},
    /contains a tensor that .* locates in "model-00002-of-00002\.safetensors": embed\.weight/,
  ],
]

test.each(INDEXES)('an index with %s is refused, and the fault names tensor and shard', async (_, index, message) => {
  const fault = await faultOf(openCheckpoint(await sharded(index)))
  expect([fault.kind, fault.message]).toEqual(['input', expect.stringMatching(message)])
})

test('a checkpoint cut short at any byte of its weights is refused', async () => {
  const folder = await whole()
  const file = join(folder, 'model.safetensors')
  const {tensors} = await openCheckpoint(folder)
  const end = Math.max(...Object.values(tensors).map(({at}) => ('file' in at ? at.offset + at.bytes : 0)))
  const bytes = readFileSync(file)
  expect(bytes.length).toBe(end)
  for (let length = 0; length < end; length += 3) {
    writeFileSync(file, bytes.subarray(0, length))
    expect((await faultOf(openCheckpoint(folder))).kind).toBe('input')
  }
})

test('tensors that fit are returned, additional ones are ignored', async () => {
  const checkpoint = await openCheckpoint(await whole())
  expect(() => checkTensors(checkpoint, layout({'embed.weight': [4, 2], 'norm.weight': [2]}))).not.toThrow()
  expect(() => checkTensors(checkpoint, layout({}))).not.toThrow()
})

test('a bias that the model does not have, of a weight that it has, is refused: without it, the model would be another one', async () => {
  const made = await openCheckpoint(await whole())
  const bias = made.tensors['norm.weight']
  const tensors = {...made.tensors, 'layers.0.q_proj.bias': {...bias}, 'other.bias': {...bias}}
  const shapes = Object.fromEntries(Object.entries(WEIGHTS).map(([name, {shape}]) => [name, shape]))
  expect(() => checkTensors({...made, tensors}, layout(shapes))).toThrow(
    `${made.folder}: weights have a bias, although config.json says they have none: layers.0.q_proj.bias`,
  )
})

test('tensors of integers and of float64 are refused', async () => {
  const made = await openCheckpoint(await whole())
  for (const dtype of ['int32', 'uint8', 'float64'] as const) {
    const tensors = {...made.tensors, 'norm.weight': {...made.tensors['norm.weight'], dtype}}
    expect(() => checkTensors({...made, tensors}, layout({'norm.weight': [2]}))).toThrow(
      `${made.folder}: norm.weight has type ${dtype}; supported: float32, bfloat16, float16`,
    )
  }
})

test('a tied head may be a copy of the embedding, but may not differ from it', async () => {
  const tied = {...layout({'model.embed.weight': [4, 2]}), tied: {embedding: 'model.embed.weight', head: 'head.weight'}}
  const made = await openCheckpoint(await whole())
  const {'embed.weight': embedding} = made.tensors
  const withHead = (head: Stored) => ({...made, tensors: {...made.tensors, 'head.weight': head}})
  await checkTied(made, tied)
  await checkTied(withHead({...embedding}), tied)
  const values = await readTensor(embedding)
  const memory = (data: Data): Stored => ({dtype: 'float32', shape: [4, 2], at: {data}})
  await checkTied(withHead(memory(values)), tied)
  const other = withHead(memory(values.map(value => -value)))
  await expect(checkTied(other, tied)).rejects.toThrow(
    new Fault('input', 'embed.weight and head.weight differ; set tie_word_embeddings: false in config.json'),
  )
  const untied = {...tied, shapes: {...tied.shapes, 'head.weight': [4, 2]}}
  await checkTied(other, untied)
})

test("tensors are returned under the model's names, whatever the checkpoint calls them", async () => {
  const checkpoint = await openCheckpoint(await whole())
  const found = checkTensors(checkpoint, layout({'model.norm.weight': [2]}))
  expect(Object.entries(found)).toEqual([['model.norm.weight', checkpoint.tensors['norm.weight']]])
})

test('a head of other labels is left out, like a missing one', async () => {
  const checkpoint = await openCheckpoint(await whole())
  const heads = ['embed.weight', 'embed.bias']
  const shapes = {'norm.weight': [2], 'embed.weight': [5, 2], 'embed.bias': [5]}
  expect(Object.keys(checkTensors(checkpoint, layout(shapes), {heads}))).toEqual(['norm.weight'])
})

test('one fault lists missing tensors with those of similar names, and wrong shapes with the right ones', async () => {
  const checkpoint = await openCheckpoint(await whole())
  const shapes = {
    'embed.weight': [4, 3],
    'decoder.norm.weight': [2],
    'layers.0.q_prj.weight': [2, 2],
    'head.weight': [4, 2],
    constructor: [1],
  }
  expect(() => checkTensors(checkpoint, layout(shapes))).toThrow(
    `${checkpoint.folder}: 5 of 5 tensors do not fit the model: embed.weight is (4, 2), should be (4, 3); ` +
      'decoder.norm.weight (2) is missing, there is norm.weight; ' +
      'layers.0.q_prj.weight (2, 2) is missing, there is layers.0.q_proj.weight; ' +
      'head.weight (4, 2) is missing; constructor (1) is missing',
  )
})

test('of many wrong tensors, the first five are listed and the rest is counted', async () => {
  const checkpoint = await openCheckpoint(await whole())
  const shapes = Object.fromEntries(Array.from({length: 100}, (_, i) => [`blocks.${i}.attention.weight`, [2, 2]]))
  expect(() => checkTensors(checkpoint, layout(shapes))).toThrow(
    /blocks\.4\.attention\.weight \(2, 2\) is missing; 95 more$/,
  )
})

test('the revision depends on the contents of the files, not on their names or folders', async () => {
  const first = await hashRevision(await openCheckpoint(await whole()))
  expect(first).toMatch(/^[0-9a-f]{16}$/)
  expect(await hashRevision(await openCheckpoint(await whole()))).toBe(first)

  const other = await whole({...CONFIG, hidden_size: 3})
  expect(await hashRevision(await openCheckpoint(other))).not.toBe(first)

  const changed = await whole()
  await writeSafetensors(join(changed, 'model.safetensors'), {...WEIGHTS, 'norm.weight': tensor(1, 2)})
  expect(await hashRevision(await openCheckpoint(changed))).not.toBe(first)

  const shards = await sharded()
  const before = await hashRevision(await openCheckpoint(shards))
  renameSync(join(shards, SECOND), join(shards, 'b.safetensors'))
  renameSync(join(shards, FIRST), join(shards, 'z.safetensors'))
  const map = {
    'embed.weight': 'z.safetensors',
    'layers.0.q_proj.weight': 'z.safetensors',
    'norm.weight': 'b.safetensors',
  }
  writeFileSync(join(shards, 'model.safetensors.index.json'), JSON.stringify({weight_map: map}))
  expect(await hashRevision(await openCheckpoint(shards))).toBe(before)
})

test('a checkpoint in memory has a revision of its names and values', async () => {
  const at = (value: number) => ({dtype: 'float32', shape: [1], at: {data: Float32Array.of(value)}}) as const
  const of = (tensors: Record<string, ReturnType<typeof at>>) => hashRevision({config: {}, tensors})
  const all = [await of({a: at(1), b: at(2)}), await of({a: at(2), b: at(1)}), await of({a: at(1), c: at(2)})]
  expect(new Set(all).size).toBe(3)
  expect(await of({b: at(2), a: at(1)})).toBe(all[0])
})

test.each([
  ['norm.weight', ['model.layers.0.weight', 'model.norm.weight'], 'model.norm.weight'],
  ['vit.encoder.layer.0.weight', ['encoder.layer.0.weight', 'vit.encoder.layer.1.weight'], 'encoder.layer.0.weight'],
  ['bert.LayerNorm.weight', ['bert.pooler.bias', 'bert.LayerNorm.gamma'], 'bert.LayerNorm.gamma'],
  ['q_prj.weight', ['k_proj.weight', 'q_proj.weight'], 'q_proj.weight'],
  ['classifier.weight', ['norm.bias', 'embeddings.position'], undefined],
  ['a', ['abcd'], undefined],
  ['a', [], undefined],
])('nearest to %s of %j is %s', (name, names, expected) => {
  expect(nearestTensor(name, names)).toBe(expected)
})
