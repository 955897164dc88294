import {expect, test} from 'vitest'
import {z} from 'zod'
import {runIdentity} from '../../base/run-identity.ts'
import {sha256} from '../../base/sha256.ts'
import {canonical} from './canonical.ts'
import {completeRecipe} from './complete.ts'
import {applyProfile} from './profile.ts'
import {type Recipe, schema} from './schema.ts'

const LORA = {method: 'lora', rank: 4, targets: ['q_proj', 'v_proj']}
const SVFT = {method: 'svft', pattern: 'banded', diagonals: 2, targets: ['q_proj']}
const TRAIN = {lr: 1e-3, epochs: 2, batch: 8}
const DATA = {train: 'a.jsonl', test: {gsm8k: 'b.jsonl'}}
const IMAGES = {task: 'resisc45', data: {train: 'a', test: {resisc45: 'b'}}}
const TEXTS = {task: 'cola', data: {train: 'a', test: {cola: 'b'}}}

/** A recipe with these blocks changed. */
function recipe(changes: object): Recipe {
  const written = {task: 'gsm8k', model: 'mini', data: DATA, adapter: LORA, train: TRAIN, ...changes}
  const parsed = schema.parse(applyProfile(written).decided)
  return completeRecipe(parsed, {name: 'x', toAbsolute: path => `/there/${path}`})
}

const train = (more: object, rest: object = {}) => ({train: {...TRAIN, ...more}, ...rest})
const adapter = (more: object, rest: object = {}) => ({adapter: {...LORA, ...more}, ...rest})
const svft = (more: object) => ({adapter: {...SVFT, ...more}})
const boft = (more: object, rest: object = {}) => ({adapter: {method: 'boft', b: 4, targets: ['q'], ...more}, ...rest})
const vera = (more: object, rest: object = {}) => ({
  adapter: {method: 'vera', rank: 4, targets: ['q'], ...more},
  ...rest,
})

/** Changes of a recipe by the hash of its canonical text, which names the folders of runs: they hold for ever. */
const CASES: readonly (readonly [hash: string, changes: object])[] = [
  ['c24613c99501', {}],
  ['be254fa68a76', {profile: 'paper'}],
  ['c24613c99501', {profile: 'official-code'}],
  ['c24613c99501', {seed: 42}],
  ['7ded3914362a', {seed: 7}],
  ['c24613c99501', {threads: 3}],
  ['c24613c99501', {track: 'tensorboard'}],
  ['c24613c99501', {device: 'cpu'}],
  ['bcdc3367af0b', {device: 'webgpu'}],
  ['d1424e6afadf', {device: 'cuda'}],
  ['c24613c99501', {engine: 'onnx'}],
  ['2161487a1e04', {engine: 'js'}],
  ['14c6140a1acb', {engine: 'tensorflow'}],
  ['c24613c99501', {model: {path: 'elsewhere'}}],
  ['c24613c99501', {model: {hub: 'google/gemma-2b', revision: 'main'}}],
  ['512321e65ff5', {model: {config: 'mini', init: 'random'}, adapter: {method: 'full'}}],
  ['fb99066396c6', {task: 'math'}],
  ['965f9be039fe', {task: 'commonsense'}],
  ['e2ef7e50ed8b', {...IMAGES}],
  ['f526605b514a', {...TEXTS}],
  ['2a5bc159c3e7', {data: {...DATA, validation: 'v.jsonl'}}],
  ['201b224152c4', {data: {...DATA, test: {gsm8k: 'b.jsonl', math: 'c.jsonl'}}}],
  ['52a40c31e7ab', {data: {...DATA, limit: {train: 5}}}],
  ['a58b85f79285', {data: {...DATA, limit: {train: 5, test: 2}}}],
  ['e2ef7e50ed8b', {...IMAGES, data: {...IMAGES.data, orient: false}}],
  ['185cbe6013a6', {...IMAGES, data: {...IMAGES.data, orient: true}}],
  ['1192e516e225', {...IMAGES, data: {...IMAGES.data, perClass: {train: 10}}}],
  ['f065173ca1ce', {...IMAGES, data: {...IMAGES.data, perClass: {train: 10, validation: 2}}}],
  ['c24613c99501', {paper: {cell: 't1.g2.lora32', params: '26.2M', gsm8k: 42}}],
  ['c24613c99501', {evaluate: {}}],
  ['64d6fb61e87e', {evaluate: {maxNewTokens: 20}}],
  ['c24613c99501', {evaluate: {batch: 16}}],
  ['a23f4a0caeee', {evaluate: {batch: 3}}],
  ['c24613c99501', {evaluate: {prompt: 'official'}}],
  ['a627099200dc', {evaluate: {prompt: 'training'}}],
  ['c24613c99501', {evaluate: {splits: ['gsm8k']}}],
  ['e4c56283123b', {data: {...DATA, validation: 'v.jsonl'}, evaluate: {splits: ['validation', 'gsm8k']}}],
  ['c24613c99501', train({lrs: {}})],
  ['fee9f1c5f950', train({lrs: {'*.gate': 1e-4, '*.a': 2}})],
  ['f3bb5c09a5d2', {train: {lr: 1e-3, steps: 9, batch: 8}}],
  ['c24613c99501', train({microBatch: 8})],
  ['f5dccec9deee', train({microBatch: 2})],
  ['dca63e8428bc', train({weighting: 'examples'})],
  ['c24613c99501', train({weighting: 'micro-batches'})],
  ['34f69575e016', train({weighting: 'tokens'})],
  ['e2ef7e50ed8b', train({weighting: 'examples'}, IMAGES)],
  ['d516cebccaf9', train({weighting: 'micro-batches'}, IMAGES)],
  ['f526605b514a', train({weighting: 'examples'}, TEXTS)],
  ['bc251821a40b', train({weighting: 'micro-batches'}, TEXTS)],
  ['92b4172e90b0', train({weighting: 'examples'}, {task: 'commonsense'})],
  ['8b2afe929631', train({weighting: 'micro-batches'}, {task: 'boolq'})],
  ['c24613c99501', train({warmup: 0})],
  ['dd6eedcfc928', train({warmup: 0.1})],
  ['9be0a172ebd2', train({warmupSteps: 5})],
  ['c24613c99501', train({schedule: 'linear'})],
  ['a94fd0388bbd', train({schedule: 'cosine'})],
  ['7ba884a09ad8', train({schedule: 'constant'})],
  ['c24613c99501', train({scheduleLength: 'all-steps'})],
  ['4ea0cd877e32', train({scheduleLength: 'whole-batches'})],
  ['494f49fc6c9e', train({scheduleLength: 'all-steps'}, IMAGES)],
  ['e2ef7e50ed8b', train({scheduleLength: 'whole-batches'}, IMAGES)],
  ['c24613c99501', train({weightDecay: 0})],
  ['d46b9a409004', train({weightDecay: 0.01})],
  ['e2ef7e50ed8b', train({weightDecay: 0.01}, IMAGES)],
  ['c24613c99501', train({clip: 1})],
  ['cd9d24c7077f', train({clip: 0})],
  ['c24613c99501', train({betas: [0.9, 0.999]})],
  ['b9103c97a13e', train({betas: [0.9, 0.95]})],
  ['c24613c99501', train({eps: 1e-8})],
  ['a6eae7061db6', train({eps: 1e-6})],
  ['c24613c99501', train({padToken: 'added'})],
  ['fb28b4d78683', train({padToken: 'none'})],
  ['965f9be039fe', train({padToken: 'none'}, {task: 'commonsense'})],
  ['abff3b6b436c', train({padToken: 'added'}, {task: 'commonsense'})],
  ['c24613c99501', train({heldOut: 0})],
  ['b615fd82cb03', train({heldOut: 4})],
  ['cd018276f782', train({heldOut: 0}, {task: 'commonsense'})],
  ['965f9be039fe', train({heldOut: 120}, {task: 'commonsense'})],
  ['c24613c99501', train({maxTokens: 512})],
  ['7337de9e97ff', train({maxTokens: 64})],
  ['c24613c99501', train({keep: 'last'})],
  ['10f0b35ed697', train({keep: 'best', keepBy: 'gsm8k'})],
  ['c24613c99501', train({recompute: false})],
  ['3a80346b1349', train({recompute: true})],
  ['c24613c99501', train({saveEvery: 5})],
  ['c24613c99501', adapter({alpha: 8})],
  ['0ecb227278bc', adapter({alpha: 3})],
  ['c24613c99501', adapter({dropout: 0})],
  ['e154abc9d611', adapter({dropout: 0.1})],
  ['965f9be039fe', adapter({dropout: 0.05}, {task: 'commonsense'})],
  ['f22076f04e13', adapter({alpha: 8}, {task: 'commonsense'})],
  ['3d2140c0bc7c', adapter({}, {profile: 'paper', task: 'commonsense'})],
  ['c24613c99501', adapter({match: 'substring'})],
  ['a9026818e244', adapter({match: 'suffix'})],
  ['6477949b357b', adapter({method: 'dora'})],
  ['2556860f8c69', adapter({method: 'dora'}, IMAGES)],
  ['e2ef7e50ed8b', adapter({}, IMAGES)],
  ['a712629188d1', svft({})],
  ['62ca700521dc', svft({pattern: 'plain', diagonals: 0})],
  ['d6f1fb9e879e', svft({pattern: 'random'})],
  ['c390ea9ba8f7', svft({pattern: 'topk'})],
  ['a712629188d1', svft({basis: 'thin'})],
  ['988bb49c3139', svft({basis: 'full'})],
  ['5c5d4d8ce5e4', svft({rank: 6})],
  ['a712629188d1', svft({gate: true})],
  ['f23287451de8', svft({gate: false})],
  ['a712629188d1', svft({init: 'kaiming'})],
  ['af8f886fae53', svft({init: 'zeros'})],
  ['a712629188d1', svft({sampling: 'replacement'})],
  ['d30ad7fea54f', svft({sampling: 'distinct'})],
  ['a712629188d1', svft({topk: 'code'})],
  ['e409e2df97af', svft({topk: 'paper'})],
  ['a712629188d1', svft({match: 'substring'})],
  ['7b48673e4d23', svft({match: 'suffix'})],
  ['0f26a52095ac', {profile: 'paper', ...svft({})}],
  ['20582d1e0c4b', vera({})],
  ['20582d1e0c4b', vera({lambdaD: 0.1})],
  ['ba52bb885b3c', vera({lambdaD: 1})],
  ['20582d1e0c4b', vera({projectionSeed: 0})],
  ['36ef0e5d0473', vera({projectionSeed: 3})],
  ['20582d1e0c4b', vera({shapes: 'same'})],
  ['fa3061addda6', vera({shapes: 'sliced'})],
  ['3c83413f50b0', vera({dropout: 0.1}, IMAGES)],
  ['a4486dce8a55', vera({}, {profile: 'paper'})],
  ['9683389eeb8f', boft({})],
  ['9683389eeb8f', boft({m: 1})],
  ['2a63b3a24ba4', boft({m: 2})],
  ['2c1e6e7e41b3', boft({m: 2, fallback: true})],
  ['9b61e37d27f5', boft({m: 2, fallback: false}, IMAGES)],
  ['451811d09f59', boft({m: 2}, IMAGES)],
  ['cb7a5d7d1913', boft({m: 2}, {profile: 'paper', ...IMAGES})],
  ['9683389eeb8f', boft({bias: true})],
  ['4363f480dda2', boft({bias: false})],
  ['9683389eeb8f', boft({side: 'input'})],
  ['cf63cc34be48', boft({side: 'output'})],
  ['a9f18f654a1d', boft({dropout: 0.05}, {task: 'commonsense'})],
  ['f954b67ef382', {adapter: {method: 'head'}, ...IMAGES}],
  ['63d623049a6f', {adapter: {method: 'full'}}],
  ['fc49955c6924', {adapter: {method: 'none'}}],
  ['fc49955c6924', {adapter: {method: 'none'}, train: undefined}],
  ['74edbcf5b849', {task: 'text-classification'}],
  ['a551d388fc9c', {task: 'text-classification', data: {...DATA, columns: {text: 'review'}}}],
  ['8e3481302c7c', {task: 'text-classification', data: {...DATA, split: {validation: 0.1, seed: 0}}}],
  ['934320d0d1de', {task: 'text-classification', data: {train: 'a', split: {test: 0.1}}}],
  ['c287fa5d0645', {task: 'text-classification', data: {train: 'a', split: {column: 'split'}}}],
  ['efe0ae30c5f2', {task: 'text-classification', evaluate: {metric: 'macro-f1'}}],
  ['97396aa0a519', {task: 'instruct'}],
  ['fcb6856e4a23', {task: 'instruct', data: {...DATA, template: '{a}'}}],
  ['142f50aa680f', {task: 'instruct', evaluate: {metric: 'pattern', pattern: 'a'}}],
  ['e403d0689699', {task: 'text'}],
  ['e403d0689699', {task: 'text', data: {...DATA, pack: true}}],
  ['0a286fbda1c1', {task: 'text', data: {...DATA, pack: false}}],
  ['fef145670f1e', {task: 'text', evaluate: {maxTokens: 64}}],
  ['e403d0689699', train({weighting: 'tokens'}, {task: 'text'})],
]

const hashOf = (text: string) => sha256(text).slice(0, 12)

test('the canonical text of a recipe never changes: every field at its default and at other values', () => {
  expect(CASES.map(([, changes]) => [hashOf(canonical(recipe(changes))), changes])).toEqual(CASES)
})

test('the canonical text has sorted keys, and neither paths nor what changes no result', () => {
  const text = canonical(recipe({threads: 2, paper: {cell: 't1.g2.lora32'}, train: {...TRAIN, saveEvery: 3}}))
  expect(text).toBe(canonical(recipe({name: 'y'})))
  expect(text).toMatchInlineSnapshot(
    `"{"adapter":{"alpha":8,"dropout":0,"method":"lora","rank":4,"targets":["q_proj","v_proj"]},"data":{"test":{"gsm8k":""},"train":""},"engine":"onnx","evaluate":{"batch":16,"splits":["gsm8k"]},"model":{"path":""},"seed":42,"task":"gsm8k","train":{"batch":8,"betas":[0.9,0.999],"clip":1,"epochs":2,"eps":1e-8,"lr":0.001,"lrs":{},"maxTokens":512,"microBatch":8,"recompute":false,"schedule":"linear","warmup":0,"weightDecay":0}}"`,
  )
})

test.each([
  ['a column', {split: {column: 'split'}}, 'test'],
  ['a share', {split: {validation: 0.1}}, 'all'],
])('with %s, a test file that is cut out of train and a copy of it are different runs', (_, split, column) => {
  const hash = (file: string) =>
    canonical(recipe({task: 'text-classification', data: {train: 'a.csv', test: {[column]: file}, ...split}}))
  expect(hash('a.csv')).not.toBe(hash('copy.csv'))
  expect(hash('b.csv')).toBe(hash('copy.csv'))
})

test('with a column of splits, a validation file that is cut out of train and a copy of it are different runs', () => {
  const hash = (more: object) =>
    canonical(recipe({task: 'text-classification', data: {train: 'a.csv', split: {column: 'split'}, ...more}}))
  expect(hash({validation: 'copy.csv'})).not.toBe(hash({validation: 'a.csv'}))
})

test('every field of the schema declares whether it is part of a run’s hash', () => {
  const missing = undeclared(schema)
  expect(missing).toEqual([])
  const later = schema.extend({later: z.string().optional(), train: z.strictObject({momentum: z.number()}).optional()})
  expect(undeclared(later)).toEqual(['train.momentum', 'later'])
})

/** Paths of the fields without a declaration. A block needs none, where all fields in it have one. */
function undeclared(type: z.core.$ZodType, path: readonly string[] = []): string[] {
  if (runIdentity.has(type)) return []
  if (type instanceof z.ZodOptional || type instanceof z.ZodPrefault) return undeclared(type.unwrap(), path)
  if (type instanceof z.ZodDiscriminatedUnion) return type.options.flatMap(option => undeclared(option, path))
  if (!(type instanceof z.ZodObject)) return [path.join('.')]
  return Object.entries(type.shape).flatMap(([key, field]) => undeclared(field as z.core.$ZodType, [...path, key]))
}
