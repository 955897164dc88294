import {expect, test} from 'vitest'
import type {AdaptedModel} from './adapted-model.ts'
import {loadingText} from './loading-text.ts'

const LORA = {method: 'lora', rank: 1, alpha: 2, targets: ['query']}

/** The line for an adapter of a classifier of this many labels, whose config.json has two. */
const lineOf = (labels: number, changes: object = {}) => {
  const base = {name: "owner/it's", revision: 'abc'}
  const model = {task: 'sequence-classification', labels}
  const adapted = {base, model, settings: LORA, config: {num_labels: 2}, ...changes}
  return loadingText(adapted as unknown as AdaptedModel, 'out')
}

test('the line that loads an adapter names the commit of the hub, and the head that was trained', () => {
  const line = (options: string) =>
    `PeftModel.from_pretrained(AutoModelForSequenceClassification.from_pretrained('owner/it\\'s', revision='abc', dtype='float32', ${options}), 'out')`
  expect(lineOf(2)).toBe(line('num_labels=2'))
  expect(lineOf(3)).toBe(line('num_labels=3, ignore_mismatched_sizes=True'))
  expect(lineOf(1)).toBe(line("num_labels=1, problem_type='regression', ignore_mismatched_sizes=True"))
})

test('there is no line for a method that PEFT lacks, or a model that a pad token was added to', () => {
  expect(lineOf(2, {settings: {method: 'svft', pattern: 'plain', targets: ['query']}})).toBeUndefined()
  expect(lineOf(2, {padToken: 9})).toBeUndefined()
})
