import {expect, test} from 'vitest'
import type {SearchEffort} from './recorded-search.ts'
import {parseSearchText, searchText} from './search-text.ts'

const effort = (seeds: readonly number[]): SearchEffort => ({
  strategy: 'halving',
  over: {
    'train.lr': {from: 1e-7, to: 0.1, spacing: 'log'},
    'adapter.alpha': {from: 1, to: 64, spacing: 'linear'},
  },
  trials: 8,
  seeds: [...seeds],
  split: 'validation',
  metric: 'inverse-perplexity',
})

test('a search in a line is read back', () => {
  const bounds = 'train.lr 1e-7 to 0.1 (log), adapter.alpha 1 to 64 (linear)'
  expect(parseSearchText(searchText(effort([3, 4, 9])))).toMatchObject({
    effort: 'halving of 8 trials × 3 seeds (3-4,9)',
    trials: 8,
    metric: 'inverse-perplexity',
    rest: `validation inverse-perplexity: ${bounds}`,
  })
  expect(parseSearchText('by hand')).toBeUndefined()
})

test.each([
  [[42], [42], [0, 41, 43]],
  [[0], [0], [42, 1]],
  [
    [0, 1, 2],
    [0, 1, 2],
    [3, 42],
  ],
  [
    [3, 4, 5, 9],
    [3, 4, 5, 9],
    [2, 6, 8, 10],
  ],
])('the search with seeds %j has tried %j, and not %j', (seeds, tried, others) => {
  const parts = parseSearchText(searchText(effort(seeds)))
  expect(tried.map(seed => parts?.hasTried(seed))).toEqual(tried.map(() => true))
  expect(others.map(seed => parts?.hasTried(seed))).toEqual(others.map(() => false))
})
