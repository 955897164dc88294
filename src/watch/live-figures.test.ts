import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {openLiveFigures} from './live-figures.ts'
import type {WatchedCell} from './watched-cell.ts'

test('figures of suites whose names differ only in / and - have ids of their own, and stay the same objects', async () => {
  const cells = ['s/a/x', 's/a/y', 's-a/x', 's-a/y'].map((recipe, i): WatchedCell => {
    const row = exampleRow({recipe, params: 10 ** (i + 1), scores: {test: {score: 0.5 + i / 10, n: 100}}})
    return {label: recipe, name: recipe, recipe, method: row.method, state: 'done', activity: '', row}
  })
  const live = openLiveFigures()
  const [first, second] = [await live.of(cells), await live.of(cells)]
  expect(first.map(({id}) => id)).toEqual(['s-a-test', 's-a-test-2'])
  for (const [i, figure] of first.entries()) expect(second[i]).toBe(figure)
})
