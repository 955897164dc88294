import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import {referenceFolder} from '../../base/folders.ts'
import {scoreLikelihoods, writeLikelihoods} from '../../evaluate/likelihood-predictions.ts'
import {METRICS, pseudoValues} from '../../evaluate/metrics.ts'
import {writeJsonLines, writePredictions} from '../../evaluate/predictions.ts'
import {readResults} from '../../results/read-results.ts'
import type {Row} from '../../results/row.ts'
import {saveState} from '../../train/saved-states.ts'
import {readItemResults, readLosses} from './run-files.ts'

const [first] = await readResults(join(referenceFolder(), 'glue-mini.csv'))
const row = {...first, scores: {test: {score: 0.5, n: 2}, cola: {score: 0.5, n: 2, metric: 'matthews' as const}}}
const complete = '{"index":1,"correct":true}\n{"index":0,"correct":false}\n'

let folder: string
beforeEach(() => {
  folder = openFolder()
})

const resultsOf = async (text: string) => {
  writeFileSync(join(folder, 'predictions-test.jsonl'), text)
  return (await readItemResults(folder, row)).map(({column, items}) => [column, ...items])
}

test('generated answers record whether they are right, and classes are compared with labels', async () => {
  const file = join(folder, 'predictions-test.jsonl')
  const answer = {prompt: 'a "b"\n', output: '},"correct":false}\n', extracted: '1', gold: '1'}
  await writePredictions(file, [
    {index: 0, ...answer, correct: true},
    {index: 1, ...answer, correct: false},
  ])
  expect((await readItemResults(folder, row)).map(({items}) => [...items])).toEqual([[1, 0]])
  await writeJsonLines(file, [
    {index: 1, label: 2, predicted: 2, logits: [0.5, -1.25e-9]},
    {index: 0, label: 1, predicted: 0, logits: []},
  ])
  expect((await readItemResults(folder, row)).map(({items}) => [...items])).toEqual([[0, 1]])
})

test('lines may be in any order, and half a line at the end is ignored', async () => {
  expect(await resultsOf(complete)).toEqual([['test', 0, 1]])
  expect(await resultsOf(`${complete}{"index":`)).toEqual([['test', 0, 1]])
})

test('a file without all items, with one twice or with another index is left out', async () => {
  expect(await resultsOf('')).toEqual([])
  expect(await resultsOf('{"index":1,"correct":true}\n')).toEqual([])
  for (const index of ['0', '2', '-1', '0.5', '"0"', 'null'])
    expect(await resultsOf(`${complete}{"index":${index},"correct":true}\n`), index).toEqual([])
})

test('a line that is not JSON is named', async () => {
  await expect(resultsOf('{"index":0,"correct":true}\n{"index":1,\n')).rejects.toThrow(
    /predictions-test\.jsonl:2: not JSON/,
  )
})

test('the items of two runs have one hash if their correct answers or numbers of tokens are the same', async () => {
  const hashOf = async (lines: readonly object[], score: number, metric?: Row['scores'][string]['metric']) => {
    await writeJsonLines(
      join(folder, 'predictions-test.jsonl'),
      lines.map((line, index) => ({index, ...line})),
    )
    const scored = {...row, scores: {test: {score, n: lines.length, metric}}}
    return (await readItemResults(folder, scored))[0].hashes?.get('answers')
  }
  const classes = (labels: readonly number[], predicted = 0) => labels.map(label => ({label, predicted}))
  const answers = (...golds: readonly string[]) => golds.map(gold => ({correct: true, gold}))
  const texts = (...tokens: readonly number[]) => tokens.map(count => ({nll: 1, tokens: count}))
  expect(await hashOf(classes([0, 1, 1]), 1 / 3)).toBe(await hashOf(classes([0, 1, 1], 2), 0, 'macro-f1'))
  expect(await hashOf(classes([0, 1, 1]), 1 / 3)).toBe(await hashOf(classes([1, 0, 0]), 2 / 3)) // classes in another order
  expect(await hashOf(classes([0, 1, 1]), 1 / 3)).not.toBe(await hashOf(classes([0, 1, 0]), 2 / 3))
  const [pearson, perplexity] = ['pearson', 'inverse-perplexity'] as const
  expect(await hashOf(classes([0, 1, 1]), Number.NaN, pearson)).not.toBe(
    await hashOf(classes([1, 0, 0]), Number.NaN, pearson),
  )
  expect(await hashOf(answers('4', '5'), 1)).not.toBe(await hashOf(answers('4', '6'), 1))
  expect(await hashOf(texts(3, 4), Math.exp(-2 / 7), perplexity)).not.toBe(
    await hashOf(texts(3, 5), Math.exp(-2 / 8), perplexity),
  )
  expect(await hashOf([{correct: true}, {correct: false}], 0.5)).toBeUndefined()
})

test('what the model read has a hash if every prediction records it', async () => {
  const hashOf = async (...items: readonly (string | undefined)[]) => {
    const lines = items.map((item, index) => ({index, label: 1, predicted: 1, item}))
    await writeJsonLines(join(folder, 'predictions-test.jsonl'), lines)
    const scored = {...row, scores: {test: {score: 1, n: lines.length}}}
    return (await readItemResults(folder, scored))[0].hashes?.get('contents')
  }
  expect(await hashOf('a', 'b')).toBe(await hashOf('a', 'b'))
  expect(await hashOf('a', 'b')).not.toBe(await hashOf('b', 'a'))
  expect(await hashOf('a', undefined)).toBeUndefined()
  const answer = {index: 0, prompt: '', output: '', extracted: '1', gold: '1', correct: true}
  await writePredictions(join(folder, 'predictions-test.jsonl'), [{...answer, item: 'a'}])
  const [{hashes}] = await readItemResults(folder, {...row, scores: {test: {score: 1, n: 1}}})
  expect(hashes?.get('contents')).toBe(await hashOf('a'))
})

test('values and likelihoods contribute to a correlation and to 1 / perplexity by item', async () => {
  const [predicted, label] = [
    [1.5, 2, 4],
    [1, 3, 5],
  ]
  const texts = [
    {index: 0, nll: 4, tokens: 3},
    {index: 1, nll: 1, tokens: 2},
  ]
  const {score} = scoreLikelihoods(texts)
  const scored = {
    ...row,
    scores: {
      stsb: {score: METRICS.pearson(predicted, label), n: 3, metric: 'pearson' as const},
      texts: {score, n: 2, metric: 'inverse-perplexity' as const},
    },
  }
  await writeJsonLines(
    join(folder, 'predictions-stsb.jsonl'),
    label.map((_, index) => ({index, label: label[index], predicted: predicted[index], logits: []})),
  )
  await writeLikelihoods(join(folder, 'predictions-texts.jsonl'), texts)
  const [stsb, likelihoods] = await readItemResults(folder, scored)
  expect(stsb).toMatchObject({column: 'stsb', items: pseudoValues('pearson', predicted, label)})
  expect((likelihoods.items[0] + likelihoods.items[1]) / 2).toBeCloseTo(score, 12)
  expect(likelihoods.items[0]).toBeLessThan(likelihoods.items[1])
})

test('predictions that give another score than the row are refused', async () => {
  const refusal = (text: string) => expect(resultsOf(text)).rejects
  await refusal('{"index":0,"correct":true}\n{"index":1,"correct":true}\n').toThrow(
    /predictions-test\.jsonl: accuracy 1; row.json beside it has 0\.5$/,
  )
  await refusal('{"index":0}\n{"index":1}\n').toThrow(/accuracy 0; row.json beside it has 0\.5$/)
  const score = 0.9
  const lines = [1, 2, 4].map((predicted, index) => ({index, label: 5 - index, predicted}))
  await writeJsonLines(join(folder, 'predictions-stsb.jsonl'), lines)
  const scored = (metric: 'pearson' | 'matthews' | 'inverse-perplexity') =>
    readItemResults(folder, {...row, scores: {stsb: {score, n: 3, metric}}})
  await expect(scored('pearson')).rejects.toThrow(/pearson -0\.98\d*; row.json beside it has 0\.9$/)
  await expect(scored('matthews')).rejects.toThrow(/matthews -0\.\d*; row.json beside it has 0\.9$/)
  await expect(scored('inverse-perplexity')).rejects.toThrow(/inverse-perplexity NaN; /)
})

test('items contribute 0 to a correlation without a value', async () => {
  const lines = [1, 2, 4].map((label, index) => ({index, label, predicted: 3}))
  await writeJsonLines(join(folder, 'predictions-stsb.jsonl'), lines)
  const scores = {stsb: {score: Number.NaN, n: 3, metric: 'pearson' as const}}
  const [{items}] = await readItemResults(folder, {...row, scores})
  expect([...items]).toEqual([0, 0, 0])
})

test('the losses of a run are those of its last step, or none', async () => {
  const [theta, losses] = [Float32Array.of(1, 2), [3, 2]]
  const state = {step: 2, theta, m: theta, v: theta, losses, gradNorms: losses, tokens: 8, seconds: 1}
  await saveState(join(folder, 'checkpoints'), state, {recipe: 'r', threads: 1, frozen: 'f', versions: {}})
  expect(await readLosses(folder, {...row, steps: 2})).toMatchObject([{losses}])
  expect(await readLosses(folder, {...row, steps: 3})).toEqual([])
})
