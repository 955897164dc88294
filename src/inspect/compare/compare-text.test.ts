import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import type {SplitComparison} from './compare.ts'
import {comparisonText} from './compare-text.ts'

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

const comparisonOf = (split: SplitComparison) => ({differences: [], splits: [split], losses: {a: [], b: []}})

test('a difference that rounds to 0 has no sign', () => {
  const textOf = (difference: number) =>
    comparisonText(comparisonOf({...split, difference, error: 0.01}), {a: side, b: side, items: 0, width: 80})
  expect(textOf(-0.0004)).toContain('  a − b  0.0 ± 1.0, p = 0.90')
  expect(textOf(0.0004)).toContain('  a − b  0.0 ± 1.0, p = 0.90')
  expect(textOf(-0.002)).toContain('  a − b  −0.2 ± 1.0, p = 0.90')
})

test('the source of the variance between seeds is named where seeds estimate it', () => {
  const sideOf = (seeds: readonly number[], {steps = 10, spread = 0.01} = {}) => {
    const rows = seeds.map(seed => exampleRow({seed, steps, scores: {test: {score: 0.5 + spread * seed, n: 9000}}}))
    return {...side, entry: entriesOf(rows)[0]}
  }
  const textOf = (a: typeof side, b: typeof side) =>
    comparisonText(comparisonOf({...split, difference: 0.1, error: 0.01}), {a, b, items: 0, width: 80})
  const line = '  variance between seeds: of a and b alone; svft report pools it over the suite'
  const [one, three] = [sideOf([1]), sideOf([1, 2, 3])]
  expect(textOf(three, one).split('\n')).toContain(line)
  expect(textOf(one, three).split('\n')).toContain(line)
  expect(line.length).toBeLessThanOrEqual(80)
  expect(textOf(one, one)).not.toContain('variance between seeds')
  expect(textOf(sideOf([1, 2], {steps: 0}), one)).not.toContain('variance between seeds')
  const other = '; other seeds may give a different result'
  expect(textOf(one, one)).toContain(other)
  expect(textOf(sideOf([1], {steps: 0}), one)).toContain(other)
  expect(textOf(sideOf([1], {steps: 0}), sideOf([1], {steps: 0}))).not.toContain(other)
  const tied = sideOf([1, 2], {spread: 0})
  const zero = '  variance between seeds: 0, since seeds score the same; others may differ'
  expect(textOf(tied, one).split('\n')).toContain(zero)
  expect(textOf(tied, three).split('\n')).toContain(line)
})

test.each([60, 80])('items fit on a terminal of %i columns', width => {
  const words = 'word '.repeat(100)
  const item = {
    index: 7,
    gold: 'yes',
    prompt: words,
    a: {answer: 'yes', output: words, share: 1},
    b: {answer: 'no', output: words, share: 0},
  }
  const flipped = [{...item, right: 'a'} as const]
  const compared = comparisonOf({...split, difference: 0.1, error: 0.01, flipped})
  const text = comparisonText(compared, {a: side, b: side, items: 5, width})
  const lines = text.split('\n').filter(line => line.includes('word'))
  expect(lines).toHaveLength(4)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
  expect(Math.max(...lines.map(({length}) => length))).toBeGreaterThan(width - 10)
})
