import {expect, test} from 'vitest'
import {drawPoints} from './draw-points.ts'
import {parseRanges} from './search-space.ts'

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

test('more trials than different values, and more than four ranges, are refused', () => {
  expect(() => valuesOf('train.epochs=1..3', 8)).toThrow('--trials 8: train.epochs takes only 3 different values')
  const keys = ['train.lr', 'train.weightDecay', 'train.warmup', 'adapter.rank', 'adapter.alpha']
  const ranges = parseRanges(keys.map(key => `${key}=0.1..0.9`.replace('rank=0.1..0.9', 'rank=1..9')))
  expect(() => drawPoints(ranges, 4)).toThrow('--over takes at most 4 ranges: 5')
})
