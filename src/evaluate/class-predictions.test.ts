import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {itemVariance} from '../statistics/item-variance.ts'
import {predictClasses, readClassPredictions, scoreClassPredictions} from './class-predictions.ts'
import {writeJsonLines} from './predictions.ts'

const folder = openFolder()
const file = join(folder, 'predictions.jsonl')

const rows = (...logits: number[][]) => logits.map(row => Float32Array.from(row))

test('the largest logit is the class, the first of equal ones; a single logit is the prediction itself', () => {
  const predictions = predictClasses(rows([0, 2, 1], [3, 3, 0]), [1, 2])
  expect(predictions).toEqual([
    {index: 0, label: 1, predicted: 1, logits: [0, 2, 1]},
    {index: 1, label: 2, predicted: 0, logits: [3, 3, 0]},
  ])
  expect(predictClasses(rows([2.5]), [3.75])).toEqual([{index: 0, label: 3.75, predicted: 2.5, logits: [2.5]}])
})

const {NaN: none, NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most} = Number
test.each([[[none]], [[none, none]], [[most]], [[most, 0]], [[0, least]]])(
  'logits %j are those of a model that has diverged',
  row => {
    const fault = {kind: 'diverged', message: "the model's logits are not finite: example 2"}
    expect(() => predictClasses(rows([1], row), [0, 0])).toThrow(expect.objectContaining(fault))
  },
)

test('written predictions are read again, with the same score', async () => {
  const predictions = predictClasses(rows([0.1, 0.7], [0.25, -1], [3, 4]), [1, 1, 1])
  await writeJsonLines(file, predictions)
  expect(await readClassPredictions(file)).toEqual(predictions)
  expect(scoreClassPredictions(await readClassPredictions(file), 'accuracy')).toEqual({
    score: 2 / 3,
    n: 3,
    metric: 'accuracy',
  })
})

test('a line that is no prediction is a fault that names it', async () => {
  await writeFile(file, '{"index":0,"label":1,"predicted":1,"logits":[1]}\n{"index":1,"label":1}\n')
  await expect(readClassPredictions(file)).rejects.toMatchObject({
    kind: 'input',
    message: `${file}:2: not a prediction; its fields: index, label`,
  })
})

test('a correlation with constant values is undefined; Matthews’ is 0 by definition', async () => {
  const constant = predictClasses(rows([1], [1], [1]), [1, 2, 3])
  expect(scoreClassPredictions(constant, 'pearson')).toEqual({score: Number.NaN, n: 3, metric: 'pearson'})
  const one = predictClasses(rows([1, 0], [1, 0]), [0, 1])
  expect(scoreClassPredictions(one, 'matthews')).toEqual({score: 0, n: 2, metric: 'matthews'})
  await writeJsonLines(file, constant)
  expect(await readFile(file, 'utf8')).toContain('"predicted":1,')
})

test('Matthews’ correlation over labels that are not distributed like CoLA’s has a measured standard error', () => {
  const scoreOf = (positive: number) => {
    const labels = Array.from({length: 1043}, (_, i) => (i < positive ? 1 : 0))
    const isWrong = (i: number) => Math.abs(i - positive) < 18 // as many of either class
    const logits = labels.map((label, i) => (isWrong(i) === (label === 0) ? [0, 1] : [1, 0]))
    return scoreClassPredictions(predictClasses(rows(...logits), labels), 'matthews')
  }
  expect(scoreOf(721).se).toBeUndefined()
  const {score, n, se = 0} = scoreOf(52)
  expect(se ** 2 / itemVariance(score, n, 'matthews')).toBeGreaterThan(3)
  const three = predictClasses(rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]), [0, 1, 2, 1])
  expect(scoreClassPredictions(three, 'matthews').se).toBeGreaterThan(0)
})
