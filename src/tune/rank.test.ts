import {expect, test} from 'vitest'
import {edgesOf, type FailedTrial, rankTrials, type ScoredTrial, type TrialResult, tiesOf} from './rank.ts'
import {parseRanges} from './search-space.ts'

const ranges = parseRanges(['train.weightDecay=0..1', 'train.lr=1e-4..1:log'])
const at = (lr: number, weightDecay = 0) => ({point: {'train.weightDecay': weightDecay, 'train.lr': lr}})
const trial = (lr: number, scores: readonly number[], weightDecay?: number): ScoredTrial => ({
  ...at(lr, weightDecay),
  metric: 'accuracy',
  scores,
})
const failedTrial = (lr: number): FailedTrial => ({
  ...at(lr),
  failure: {kind: 'diverged', message: 'step 2: the loss is not finite'},
})
const ratesOf = (trials: readonly TrialResult[]) => rankTrials(trials, ranges).map(({point}) => point['train.lr'])

test('trials are ranked by their mean over seeds, without those that failed', () => {
  expect(ratesOf([trial(0.1, [0.9, 0.1]), failedTrial(0.2), trial(0.3, [0.6, 0.6])])).toEqual([0.3, 0.1])
})

test('of equal means the smaller learning rate wins, then the smaller other value', () => {
  const ranked = rankTrials([trial(0.3, [0.5], 0), trial(0.1, [0.5], 0.2), trial(0.1, [0.5], 0.1)], ranges)
  expect(ranked.map(({point}) => Object.values(point))).toEqual([
    [0.1, 0.1],
    [0.2, 0.1],
    [0, 0.3],
  ])
})

test('the order of the seeds decides no tie', () => {
  const [large, small] = [trial(0.3, [0.1, 0.2, 0.3]), trial(0.1, [0.3, 0.2, 0.1])]
  expect(0.1 + 0.2 + 0.3).toBeGreaterThan(0.3 + 0.2 + 0.1)
  expect(ratesOf([large, small])).toEqual([0.1, 0.3])
  expect(tiesOf(small.point, [[large, small]])).toEqual([large.point])
})

test('trials that score as the best one does tie with it, each in its last rung', () => {
  const [low, middle, high, failed] = [
    trial(0.1, [0.6, 0.4]),
    trial(0.2, [0.5, 0.5]),
    trial(0.3, [0.4]),
    failedTrial(0.4),
  ]
  expect(tiesOf(low.point, [[low, middle, high, failed]])).toEqual([middle.point])
  expect(tiesOf(high.point, [[low, middle, high, failed]])).toEqual([])
  const later = [
    {...low, scores: [0.7]},
    {...middle, scores: [0.6]},
  ]
  expect(tiesOf(low.point, [[low, middle, {...high, scores: [0.5]}], later])).toEqual([high.point])
})

test('a best value that is the lowest or the highest tried is at the edge, with a wider range', () => {
  const points = [0.1, 0.2, 0.3].map(lr => ({'train.lr': lr}))
  const [range] = parseRanges(['train.lr=0.1..0.3:log'])
  expect(edgesOf(points[0], {points, ranges: [range]})).toEqual([
    {key: 'train.lr', value: 0.1, side: 'lowest', wider: {...range, from: 0.0577}, trials: 4},
  ])
  expect(edgesOf(points[1], {points, ranges: [range]})).toEqual([])
  expect(edgesOf(points[2], {points, ranges: [range]})).toEqual([
    {key: 'train.lr', value: 0.3, side: 'highest', wider: {...range, to: 0.52}, trials: 4},
  ])
  const ranges = parseRanges(['train.lr=0.1..0.3:log', 'train.weightDecay=0..1'])
  const both = points.map((point, i) => ({...point, 'train.weightDecay': [0.5, 0, 1][i]}))
  const [{trials, wider}] = edgesOf(both[0], {points: both, ranges}) // of which no number of trials repeats the former values
  expect([trials, wider.from]).toEqual([undefined, 0.01])
})
