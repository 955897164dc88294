import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import {comparisonText} from './compare-text.ts'

test('a difference that rounds to 0 has no sign', () => {
  const [entry] = entriesOf([exampleRow()])
  const side = {
    name: 'a',
    entry,
    folders: new Map(),
    recipe: undefined,
    sources: {itemResults: [], losses: []},
    warnings: [],
  }
  const score = {mean: 0.5, seeds: 1}
  const split = {split: 'test', metric: 'accuracy', n: 9000, a: score, b: score, p: 0.9, test: 'unpaired'} as const
  const textOf = (difference: number) =>
    comparisonText(
      side,
      side,
      {differences: [], splits: [{...split, difference, error: 0.01}], losses: {a: [], b: []}},
      {items: 0},
    )
  expect(textOf(-0.0004)).toContain('  a − b  0.0 ± 1.0, p = 0.90')
  expect(textOf(0.0004)).toContain('  a − b  0.0 ± 1.0, p = 0.90')
  expect(textOf(-0.002)).toContain('  a − b  −0.2 ± 1.0, p = 0.90')
})
