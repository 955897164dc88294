import {expect, test} from 'vitest'
import {parseRanges} from './search-space.ts'

test.each([
  ['train.lr', 'takes key=from..to'],
  ['train.lr=1e-4', 'takes key=from..to'],
  ['train.lr=a..b', 'takes key=from..to'],
  ['train.lr=1..2:cubic', 'takes key=from..to'],
  ['train.lr=1e-1..1e-4:log', 'the lower bound must be below the upper bound'],
  ['train.lr=0..1:log', 'the bounds of logarithmic spacing must be above 0'],
  ['train.lr=-1..1', 'train.lr=-1..1: train.lr must be a number above 0, and -1 is not'],
  ['adapter.dropout=0.1..1.5', 'adapter.dropout must be a number of at least 0 and below 1, and 1.5 is not'],
  ['adapter.alpha=-4..4', 'adapter.alpha must be a number above 0, and -4 is not'],
  ['train.batch=1.5..8', 'train.batch must be a whole number of at least 1, and 1.5 is not'],
  ['train.lrr=1..2', 'unknown key in train: lrr; did you mean lr?'],
  ['train.schedule=1..2', 'train.schedule is not a number'],
  ['seed=1..2', 'only values of train and adapter can be tuned'],
  ['data.limit=1..2', 'only values of train and adapter can be tuned'],
])('--over %s is refused', (text, message) => {
  expect(() => parseRanges([text])).toThrow(message)
})

test('a value with two ranges is refused', () => {
  expect(() => parseRanges(['train.lr=1..2', 'train.lr=2..3'])).toThrow('--over gives train.lr twice')
})
