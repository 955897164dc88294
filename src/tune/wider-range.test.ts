import {expect, test} from 'vitest'
import {gridOf} from './draw-points.ts'
import {parseRanges} from './search-space.ts'
import {widen} from './wider-range.ts'

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
  ['train.lr=1e-3..1e-1:log', 2, 'highest', 'train.lr=0.001..10:log', 3],
  ['train.lr=1e-4..1e-1:log', 4, 'highest', 'train.lr=0.0001..1:log', 5],
  ['train.lr=1e-4..1e-1:log', 6, 'lowest', 'train.lr=6.31e-6..0.1:log', 8],
  ['train.lr=1e-4..1e-1:log', 8, 'highest', 'train.lr=0.0001..0.72:log', 10],
  ['train.lr=3e-4..5e-2:log', 41, 'lowest', 'train.lr=5.688797e-5..0.05:log', 54], // with fewer digits, former values change
  ['train.weightDecay=0..0.1', 3, 'highest', 'train.weightDecay=0..0.15', 4],
  ['adapter.rank=1..16:log', 5, 'highest', 'adapter.rank=1..32:log', 6],
  ['adapter.rank=2..32:log', 9, 'lowest', 'adapter.rank=1..32:log', undefined], // from 1 on, whole numbers repeat
  ['adapter.dropout=0..0.8', 9, 'highest', 'adapter.dropout=0..0.9', 10], // two steps more would be 1
  ['adapter.dropout=0..0.8', 5, 'highest', 'adapter.dropout=0..0.9', undefined], // no whole step is left below 1
] as const)(
  '%s with %i trials, the %s the best, is widened to %s with %s trials, which include the former',
  (text, trials, side, wider, more) => {
    const [range, widened] = [text, wider].map(text => parseRanges([text])[0])
    expect(widen(range, side, trials)).toEqual({wider: widened, trials: more})
    if (more !== undefined) expect(gridOf(widened, more)).toEqual(expect.arrayContaining([...gridOf(range, trials)]))
  },
)
