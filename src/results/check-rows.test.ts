import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {checkRows} from './check-rows.ts'
import type {Row} from './row.ts'

const ROW = exampleRow({
  recipe: 'vision/mini/lora-r8',
  hash: 'aa',
  method: 'lora',
  settings: 'r=8 α=8',
  params: 1536,
  headParams: 970,
  scores: {test: {score: 0.5, n: 1000}},
  seed: 0,
  model: 'vit-mini',
  modelRevision: 'ee',
  steps: 100,
})
const SEED: Partial<Row> = {seed: 1, hash: 'bb'}

const check = (...changes: readonly Partial<Row>[]) =>
  checkRows(changes.map((change, i) => ({row: {...ROW, ...change}, position: `x.csv:${i + 2}`})))

test('seeds of one recipe, other recipes, other overrides and repeated rows pass', () => {
  const other = {recipe: 'vision/mini/svft-plain', params: 12, steps: 3}
  expect(check({}, SEED, other, {...other, ...SEED}, {set: 'train.lr=1', hash: 'cc', steps: 7}, {})).toEqual([])
})

test('one run with two different scores is found', () => {
  expect(check({}, SEED, {scores: {test: {score: 0.6, n: 1000}}})).toEqual([
    'x.csv:4: vision/mini/lora-r8: the run of seed 0 has other scores at x.csv:2; the one that finished last counts',
  ])
})

test('one seed with runs of two hashes is found', () => {
  expect(check({}, SEED, {hash: 'cc'})).toEqual([
    'x.csv:4: vision/mini/lora-r8: seed 0 has another run, with hash aa, at x.csv:2',
  ])
})

test.each<readonly [Partial<Row>, string]>([
  [{params: 1537}, 'params is 1537, but 1536'],
  [{headParams: undefined}, 'head_params is empty, but 970'],
  [{method: 'dora'}, 'method is dora, but lora'],
  [{settings: 'r=9'}, 'settings is r=9, but r=8 α=8'],
  [{steps: 99}, 'steps is 99, but 100'],
  [{precision: 'bf16'}, 'precision is bf16, but empty'],
  [{model: 'vit\u001b'}, 'model is vit\\u001b, but vit-mini'],
  [{modelRevision: 'ff'}, 'model_revision is ff, but ee'],
  [{scores: {test: {score: 0.5, n: 500}}}, 'test_n is 500, but 1000'],
])('seeds of one recipe share their fields: %o', (change, text) => {
  expect(check({}, {...SEED, ...change})).toEqual([
    `x.csv:3: vision/mini/lora-r8: ${text} at x.csv:2; seeds of one recipe share it`,
  ])
})

test('an accuracy is a whole number of examples, a correlation need not be', () => {
  expect(check({scores: {test: {score: 0.8715, n: 1000}}})).toEqual([
    'x.csv:2: vision/mini/lora-r8: test_score 0.8715 is no whole number of 1000 examples; nearest: 0.871, 0.872',
  ])
  expect(check({scores: {test: {score: 0.8715, n: 1000, metric: 'pearson'}}})).toEqual([])
  const thirds = [0.6667, 0.666665, 0.666666, 0.6666667, 2 / 3].filter(
    score => check({scores: {test: {score, n: 3}}}).length > 0,
  )
  expect(thirds).toEqual([0.6667, 0.666665])
  expect(check({scores: {test: {score: 1.25, n: 8}}})).toEqual([
    'x.csv:2: vision/mini/lora-r8: test_score 1.25 is no whole number of 8 examples; nearest: 1',
  ])
  expect(check({scores: {test: {score: 1 / 3, n: 3}, none: {score: Number.NaN, n: 3}}})).toEqual([])
})

test('seeds of one recipe that were scored by different metrics are found', () => {
  expect(check({}, {...SEED, scores: {test: {score: 0.5, n: 1000, metric: 'macro-f1'}}})).toEqual([
    'x.csv:3: vision/mini/lora-r8: test_metric is macro-f1, but accuracy at x.csv:2; seeds of one recipe share it',
  ])
})
