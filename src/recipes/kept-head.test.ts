import {readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT, DEIT, VIT} from '../../test/models/classifiers.ts'
import {openImagePlace, openTextPlace} from '../../test/support/classify-workplace.ts'
import {dataWarning} from '../../test/support/data-warning.ts'
import {tinyRecipe} from '../../test/support/workplace.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {openQuestions} from '../inspect/ask/open-questions.ts'
import {openModel} from '../models/open-model.ts'
import {readFloats, readSafetensors, writeSafetensors} from '../weights/safetensors.ts'
import {headWarnings} from './kept-head.ts'
import {run} from './run.ts'

const PAIRS = {task: 'rte', data: {train: 'train.jsonl', test: {test: 'test.jsonl'}}}
const IMAGES = {task: 'images', data: {train: 'train', test: {test: 'test'}}}

/** Makes a folder with a classifier `tuned`, which a run there has trained and merged. */
async function place(folder: string, task: object) {
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const work = async (changes: object = {}) => {
    const warnings: string[] = []
    const recipe = await tinyRecipe(folder, {...task, adapter: {method: 'head'}, train: {steps: 1}, ...changes})
    const done = await run(recipe, {onEvent: event => warnings.push(...dataWarning(event))})
    return {
      warnings,
      folder: done.folder,
      predictions: readFileSync(join(done.folder, 'predictions-test.jsonl'), 'utf8'),
    }
  }
  const first = await work()
  expect(first.warnings).toEqual([])
  await writeMerged(await openTrained(first.folder), join(folder, 'tuned'))
  const file = join(folder, 'tuned/config.json')
  const config = JSON.parse(readFileSync(file, 'utf8'))
  const name = (id2label: object | undefined) => writeFileSync(file, JSON.stringify({...config, id2label}))
  const score = (changes: object = {}) =>
    work({model: 'tuned', adapter: {method: 'none'}, train: undefined, ...changes})
  return {folder, work, score, name}
}

/** Stores a model in another dtype, with the rows of its head reversed. */
const reverseHead = (folder: string, dtype: 'float32' | 'bfloat16' = 'float32') =>
  rewrite(folder, {dtype, reverse: true})

async function rewrite(
  folder: string,
  {dtype, reverse}: {dtype: 'float32' | 'bfloat16'; reverse: boolean},
): Promise<void> {
  const file = join(folder, 'tuned/model.safetensors')
  const tensors = await readSafetensors(file)
  const read = async (
    name: string,
  ): Promise<[string, {dtype: typeof dtype; shape: readonly number[]; data: Float32Array}]> => {
    const {shape} = tensors[name]
    const data = await readFloats(tensors[name])
    if (!reverse || !/^(\w+_)?classifier\./.test(name)) return [name, {dtype, shape, data}]
    const width = data.length / shape[0]
    const rows = Array.from({length: shape[0]}, (_, row) => [...data.subarray(row * width, (row + 1) * width)])
    return [name, {dtype, shape, data: Float32Array.from(rows.reverse().flat())}]
  }
  const written = await Promise.all(Object.keys(tensors).map(read))
  await writeSafetensors(file, Object.fromEntries(written), {metadata: {format: 'pt'}})
}

test.each([
  ['texts', () => openTextPlace(BERT), PAIRS, {0: 'NOT_ENTAILMENT', 1: 'entailment'}],
  ['images', () => openImagePlace(VIT), IMAGES, {0: 'Red', 1: 'Green', 2: 'Blue'}],
  ['images, with two heads', () => openImagePlace(DEIT), IMAGES, {0: 'Red', 1: 'Green', 2: 'Blue'}],
])(
  'the rows of a head for %s are put in the order of the classes that config.json names',
  async (_, open, task, names) => {
    const {folder, score, name} = await place(await open(), task)
    const before = await score()
    expect(before.warnings).toEqual([])
    name(names)
    await reverseHead(folder)
    const after = await score()
    expect(after.warnings).toEqual([])
    expect(after.folder).not.toBe(before.folder)
    expect(after.predictions).toBe(before.predictions)
  },
)

test('a classifier of images is scored without training by the classes of its training data', async () => {
  const {folder, work, score} = await place(await openImagePlace(VIT), IMAGES)
  rmSync(join(folder, 'test/blue'), {recursive: true})
  const trained = await work()
  expect(trained.warnings).toEqual(['test: no example of class blue'])
  expect((await score()).predictions).toBe(trained.predictions)
})

test('a head whose labels have other names is kept as it is, and reported; one of another size is drawn anew', async () => {
  const {folder, score, work, name} = await place(await openTextPlace(BERT), PAIRS)
  const before = await score()
  const kept =
    `${folder}/tuned: its head fits, and is kept; this is correct only if it was trained for this task, ` +
    'with the classes in this order: entailment, not_entailment; '
  const advice =
    "; list their names there in the order of the head's rows (for a model of the hub, in a copy), and svft follows that order"
  name({0: 'entailment', 1: 'Entailment'})
  expect((await score()).predictions).toBe(before.predictions)
  name({0: 'LABEL_0', 1: 'LABEL_1'})
  const unnamed = await score()
  expect(unnamed.warnings).toEqual([`${kept}id2label in config.json has LABEL_0, LABEL_1${advice}`])
  expect(unnamed.predictions).toBe(before.predictions)
  name(undefined)
  expect((await work({model: 'tuned'})).warnings).toEqual([`${kept}config.json has no id2label${advice}`])
  expect((await work({task: 'stsb', model: 'tuned'})).warnings).toEqual([
    `${folder}/tuned: its head belongs to another task and is initialized anew: classifier.weight is (2, 12), this task needs (1, 12)`,
  ])
})

test('what 16 bits keep of a reordered head is measured from its reordered rows', async () => {
  const {folder, work, name} = await place(await openTextPlace(BERT), PAIRS)
  const keptOf = async (out: string) => {
    const trained = await openTrained((await work({model: 'tuned', train: {steps: 1, lr: 1e-6}})).folder)
    return writeMerged(trained, join(folder, out), {dtype: 'base'})
  }
  await rewrite(folder, {dtype: 'bfloat16', reverse: false})
  const kept = await keptOf('first')
  expect(kept).toBeLessThan(0.5)
  name({0: 'not_entailment', 1: 'entailment'})
  await reverseHead(folder, 'bfloat16')
  expect(await keptOf('second')).toBe(kept)
})

test('the base model of a question has its head in the order of the classes, too', async () => {
  const {folder, work, name} = await place(await openTextPlace(BERT), PAIRS)
  const ask = async () => {
    const questions = await openQuestions((await work({model: 'tuned'})).folder)
    const {signal} = new AbortController()
    const reply = questions.kind === 'classes' ? await questions.ask(['a', 'b'], {signal}) : undefined
    await questions.dispose()
    return reply
  }
  const before = await ask()
  expect(before).toMatchObject({kind: 'classes'})
  name({0: 'not_entailment', 1: 'entailment'})
  await reverseHead(folder)
  expect(await ask()).toEqual(before)
})

test('both heads of a distilled DeiT are named if they are of another size', () => {
  const model = openModel({...DEIT, num_labels: 3})
  const heads = ['cls_classifier.weight', 'distillation_classifier.weight']
  const unfit = new Map(heads.map(name => [name, [5, 12]]))
  const sizes = heads.map(name => `${name} is (5, 12), this task needs (${model.shapes[name].join(', ')})`)
  expect(headWarnings({folder: 'tuned', model, config: DEIT, tensors: {}}, unfit)).toEqual([
    `tuned: its head belongs to another task and is initialized anew: ${sizes.join('; ')}`,
  ])
})
