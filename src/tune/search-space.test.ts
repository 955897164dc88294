import {expect, test} from 'vitest'
import {drawPoints, parseRanges, widen} from './search-space.ts'

const valuesOf = (text: string, trials: number) => {
  const ranges = parseRanges([text])
  return drawPoints(ranges, trials).map(point => point[ranges[0].key])
}

test('one range is divided evenly between its bounds, both of which are tried', () => {
  expect(valuesOf('train.lr=1e-4..1e-1:log', 4)).toEqual([0.0001, 0.001, 0.01, 0.1])
  expect(valuesOf('train.lr=1e-4..1e-1:log', 8)).toEqual([
    0.0001, 0.000268, 0.00072, 0.00193, 0.00518, 0.0139, 0.0373, 0.1,
  ])
  expect(valuesOf('train.weightDecay=0..0.1', 3)).toEqual([0, 0.05, 0.1])
  expect(valuesOf('adapter.rank=1..16:log', 5)).toEqual([1, 2, 4, 8, 16])
  expect(valuesOf('train.weightDecay=0.10001..0.30003', 3)).toEqual([0.10001, 0.2, 0.30003])
})

test('several ranges share the points of a Halton sequence, within their bounds', () => {
  const points = drawPoints(parseRanges(['train.lr=1e-4..1e-2:log', 'train.weightDecay=0..1']), 4)
  expect(points).toEqual([
    {'train.lr': 0.001, 'train.weightDecay': 0.333},
    {'train.lr': 0.000316, 'train.weightDecay': 0.667},
    {'train.lr': 0.00316, 'train.weightDecay': 0.111},
    {'train.lr': 0.000178, 'train.weightDecay': 0.444},
  ])
})

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
  ['train.lrr=1..2', 'unknown key in train: lrr; did you mean lr?'],
  ['train.schedule=1..2', 'train.schedule is not a number'],
  ['seed=1..2', 'only values of train and adapter can be tuned'],
  ['data.limit=1..2', 'only values of train and adapter can be tuned'],
])('--over %s is refused', (text, message) => {
  expect(() => parseRanges([text])).toThrow(message)
})

test('a value with two ranges, and more trials than different values, are refused', () => {
  expect(() => parseRanges(['train.lr=1..2', 'train.lr=2..3'])).toThrow('--over gives train.lr twice')
  expect(() => valuesOf('train.epochs=1..3', 8)).toThrow('--trials 8: train.epochs takes only 3 different values')
})

test.each([
  ['train.lr=1e-4..1e-1:log', 1e-5, 1],
  ['train.lr=0.001..0.01', 0.0005, 0.019],
  ['train.weightDecay=0..0.1', undefined, 0.2],
  ['adapter.rank=4..32', 2, 60],
  ['adapter.rank=1..16:log', undefined, 160],
  ['adapter.dropout=0..0.5', undefined, 0.75],
])('%s among several ranges is widened to %s and to %s, as far as the recipe allows', (text, from, to) => {
  const [range] = parseRanges([text])
  expect(widen(range, 'lowest')).toEqual(from === undefined ? undefined : {wider: {...range, from}})
  expect(widen(range, 'highest')).toEqual({wider: {...range, to}})
})

test.each([
  ['train.lr=1e-3..1e-1:log', 2, 'train.lr=0.001..10:log', 3],
  ['train.lr=1e-4..1e-1:log', 4, 'train.lr=0.0001..1:log', 5],
  ['train.lr=1e-4..1e-1:log', 8, 'train.lr=0.0001..0.72:log', 10],
  ['train.weightDecay=0..0.1', 3, 'train.weightDecay=0..0.15', 4],
  ['adapter.rank=1..16:log', 5, 'adapter.rank=1..32:log', 6],
  ['adapter.dropout=0..0.8', 5, 'adapter.dropout=0..0.9', undefined], // no whole step is left below 1
])('%s with %i trials is widened to %s with %s trials, which include the former', (text, trials, wider, more) => {
  const [range] = parseRanges([text])
  expect(widen(range, 'highest', trials)).toEqual({wider: parseRanges([wider])[0], trials: more})
  if (more !== undefined) expect(valuesOf(wider, more)).toEqual(expect.arrayContaining(valuesOf(text, trials)))
})
