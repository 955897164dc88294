import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {BERT} from '../../test/classifiers.ts'
import {openTextPlace} from '../../test/classify-workplace.ts'
import {tinyRecipe} from '../../test/workplace.ts'
import {writeMerged} from '../exchange/merge-model.ts'
import {openTrained} from '../exchange/open-trained.ts'
import {rescore} from '../exchange/rescore.ts'
import {run} from './run.ts'

const HEAD = {adapter: {method: 'head'}, train: {lr: 2e-2, steps: 2, microBatch: 4}}

/** A folder with a model, and the reviews of three classes in one file. */
async function openReviews(): Promise<string> {
  const folder = await openTextPlace(BERT)
  process.chdir(folder)
  process.env.SVFT_CACHE = join(folder, 'cache')
  const stars = ['poor', 'good', 'fair']
  const lines = Array.from(
    {length: 30},
    (_, i) => `${'abcdef'[i % 6]} ${'abcdef'[i % 5]},${stars[i % 3]},${i < 20 ? 'train' : i < 25 ? 'dev' : 'test'}`,
  )
  writeFileSync(join(folder, 'reviews.csv'), `review,stars,split\n${lines.join('\n')}\n`)
  return folder
}

const REVIEWS = {train: 'reviews.csv', columns: {text: 'review', label: 'stars'}}

test('texts with classes of any names train, score and merge with the names of the classes', async () => {
  const folder = await openReviews()
  const data = {...REVIEWS, split: {test: 0.2, validation: 0.1}}
  const recipe = await tinyRecipe(folder, {
    task: 'text-classification',
    data,
    ...HEAD,
    evaluate: {metric: 'macro-f1', splits: ['validation', 'test']},
  })
  const {row, folder: at} = await run(recipe)
  expect(row.scores).toMatchObject({test: {n: 6, metric: 'macro-f1'}, validation: {n: 3}})
  expect(row.headParams).toBe(12 * 12 + 12 + 3 * 12 + 3)
  expect((await rescore(at)).row).toEqual(row)

  await writeMerged(await openTrained(at), join(folder, 'merged'))
  const {id2label} = JSON.parse(readFileSync(join(folder, 'merged/config.json'), 'utf8'))
  expect(id2label).toEqual({0: 'fair', 1: 'good', 2: 'poor'})
  const again = await run(
    await tinyRecipe(folder, {
      task: 'text-classification',
      model: 'merged',
      data,
      adapter: {method: 'none'},
      train: undefined,
      evaluate: {metric: 'macro-f1'},
    }),
  )
  expect(again.row.scores.test).toEqual(row.scores.test)
})

test('splits may be named by a column, and the test split may have a file of its own', async () => {
  const folder = await openReviews()
  const recipe = (data: object, evaluate = {}) =>
    tinyRecipe(folder, {task: 'text-classification', data: {...REVIEWS, ...data}, ...HEAD, evaluate})
  const named = await run(await recipe({split: {column: 'split'}}, {splits: ['validation', 'test']}))
  expect(named.row.scores).toMatchObject({validation: {n: 5}, test: {n: 5}})
  const own = await run(
    await recipe({split: {validation: 0.5}, test: {all: 'reviews.csv'}}, {splits: ['validation', 'all']}),
  )
  expect(own.row.scores).toMatchObject({validation: {n: 15}})
})

const refused: readonly (readonly [object, object, string])[] = [
  [
    {columns: {txt: 'review'}},
    {},
    'unknown role in data.columns: txt; did you mean text? known for text-classification: text, pair, label',
  ],
  [{split: {seed: 3}}, {}, 'data.split needs a share: validation, test or both'],
  [
    {split: {validation: 0.5, test: 0.5}},
    {},
    'data.split leaves nothing to train on: the shares must add up to less than 1',
  ],
  [
    {split: {test: 0.1}, test: {a: 'b.csv'}},
    {},
    'data.split.test cuts the test split out of train; leave these sources out',
  ],
  [{split: {test: 1.5}}, {}, 'must be a share below 1'],
  [{split: {test: 0.1}, perClass: {train: 1}}, {}, 'data takes perClass or split, not both'],
  [{split: {test: 0.1}}, {splits: ['tset']}, 'unknown split: tset; did you mean test?'],
  [{}, {}, 'missing key in data: test'],
]

test.each(refused)('a recipe with data %j and evaluate %j is refused', async (data, evaluate, message) => {
  const folder = await openReviews()
  const reading = tinyRecipe(folder, {task: 'text-classification', data: {...REVIEWS, ...data}, ...HEAD, evaluate})
  await expect(reading).rejects.toMatchObject({kind: 'recipe', message: expect.stringContaining(message)})
})

test('what belongs to data of one’s own is refused for a published task', async () => {
  const folder = await openReviews()
  const data = {train: 'a', test: {sst2: 'b'}, columns: {text: 'review'}}
  const reading = tinyRecipe(folder, {task: 'sst2', data, ...HEAD, evaluate: {metric: 'matthews'}})
  await expect(reading).rejects.toThrow(
    /data\.columns is only for data of your own \(task: text-classification[^)]*\); sst2/,
  )
  await expect(reading).rejects.toThrow('evaluate.metric is only for data of your own')
})
