import {expect, test} from 'vitest'
import {Fault} from '../base/fault.ts'
import {readLabels} from './labels.ts'

test('the number of labels is that of the options, or of config.json, or 2', () => {
  expect(readLabels({id2label: {0: 'no', 1: 'yes', 2: 'maybe'}, num_labels: 5})).toBe(3)
  expect(readLabels({num_labels: 5})).toBe(5)
  expect(readLabels({})).toBe(2)
  expect(readLabels({id2label: null, num_labels: 1})).toBe(1)
  expect(readLabels({num_labels: 5}, {labels: 10})).toBe(10)
})

test('a problem that is not one of classes, or of one number, is refused, unless the labels are another’s', () => {
  expect(readLabels({num_labels: 1, problem_type: 'regression'})).toBe(1)
  expect(readLabels({problem_type: 'single_label_classification'})).toBe(2)
  expect(readLabels({problem_type: 'multi_label_classification'}, {labels: 4})).toBe(4)
  expect(() => readLabels({problem_type: 'multi_label_classification'})).toThrow(
    new Fault(
      'input',
      'config.json: problem_type of 2 labels must be single_label_classification, not multi_label_classification',
    ),
  )
  expect(() => readLabels({num_labels: 2, problem_type: 'regression'})).toThrow(Fault)
})

test('labels that are no map, or none, are refused', () => {
  for (const id2label of [{}, 'yes', 3]) {
    expect(() => readLabels({id2label})).toThrow(
      new Fault('input', `config.json: id2label must map numbers to labels, not ${JSON.stringify(id2label)}`),
    )
  }
})
