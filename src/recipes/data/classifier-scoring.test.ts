import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../../test/support/cleanup.ts'
import type {ClassMetric} from '../../tasks/task.ts'
import {events} from '../events.ts'
import {scoreClassifier} from './classifier-scoring.ts'

const folder = openFolder()
const LABELS = [1, 1, 1, 0]

/** The warnings of a split of four labels, given the predicted classes. */
async function warningsOf(
  predicted: readonly number[],
  {split = 'test', final = true, metric = 'accuracy' as ClassMetric, labels = LABELS} = {},
): Promise<string[]> {
  const warnings: string[] = []
  const logits = predicted.map(label => Float32Array.of(Number(label === 0), Number(label === 1)))
  await scoreClassifier(
    [split],
    {
      metric,
      classes: ['spam', 'ham\n'],
      examples: async () => labels.map((label, i) => ({label, content: String(i)})),
      logits: async () => (metric === 'pearson' ? predicted.map(value => Float32Array.of(value)) : logits),
    },
    {
      file: name => join(folder, `${name}.jsonl`),
      final,
      events: events(event => event.type === 'warning' && warnings.push(event.text)),
      signal: new AbortController().signal,
    },
  )
  return warnings
}

test('a test score that the most frequent class alone reaches is reported with that class', async () => {
  const constant = String.raw`always predicting ham\n`
  expect(await warningsOf([1, 1, 1, 1])).toEqual([`test: accuracy 75.0 is no higher than that of ${constant}, 75.0`])
  expect(await warningsOf([1, 1, 0, 1])).toEqual([`test: accuracy 50.0 is no higher than that of ${constant}, 75.0`])
  expect(await warningsOf([1, 1, 1, 1], {metric: 'macro-f1'})).toEqual([
    `test: macro-f1 42.9 is no higher than that of ${constant}, 42.9`,
  ])
  expect(await warningsOf([1, 1, 1, 0])).toEqual([])
})

test('the scores of validation, of epochs and of regression are not compared with one class', async () => {
  expect(await warningsOf([1, 1, 1, 1], {split: 'validation'})).toEqual([])
  expect(await warningsOf([1, 1, 1, 1], {final: false})).toEqual([])
  expect(await warningsOf([0.5, 0.2, 0.1, 0.7], {metric: 'pearson'})).toEqual([])
})
