import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import type {Row} from '../../results/row.ts'
import {compareColumn} from '../suite-comparison.ts'
import {pairTable} from './pair-table.ts'

function tableOf(rows: readonly Row[]) {
  const entries = entriesOf(rows)
  const compared = compareColumn(entries, {column: 'test'})
  return {compared, ...pairTable(entries, compared)}
}

const rank = (r: number, score: Partial<Row['scores'][string]>) =>
  exampleRow({recipe: `s/r${r}`, method: 'lora', settings: `r=${r}`, scores: {test: {score: 0, n: 1000, ...score}}})

test('each method is listed with those that score lower, their difference, its interval and both p-values', () => {
  const {rows, notes, compared} = tableOf([rank(1, {score: 0.5}), rank(2, {score: 0.8}), rank(4, {score: 0.78})])
  expect(rows.map(cells => cells.map(({text}) => text))).toEqual([
    ['LoRA r=2', 'LoRA r=4', '+2.0 [−1.6, +5.6]', '0.27', '0.27'],
    ['LoRA r=2', 'LoRA r=1', '+30.0 [+26.0, +34.0]', '< 0.001', '< 0.001'],
    ['LoRA r=4', 'LoRA r=1', '+28.0 [+24.0, +32.0]', '< 0.001', '< 0.001'],
  ])
  expect(compared.pairs.map(({difference}) => difference > 0)).toEqual([false, false, true]) // r=1 is the first of its pairs
  expect(notes?.[0]).toBe('Two-sided, 5 % level, with Holm’s correction for 3 pairs. Test: unpaired.')
})

test('the p-value after the correction stands beside that of the pair alone', () => {
  const {rows, compared} = tableOf([rank(1, {score: 0.5}), rank(2, {score: 0.545}), rank(4, {score: 0.56})])
  expect(rows.map(cells => cells.slice(3).map(({text}) => text))).toEqual([
    ['0.50', '0.50'],
    ['0.0071', '0.021'],
    ['0.044', '0.087'],
  ])
  expect(compared.pairs.map(({holm}) => holm.toPrecision(2))).toEqual(['0.087', '0.021', '0.50'])
})

test('a pair without a known sampling error is left out and counted, and differences of perplexities have their unit', () => {
  const perplexity = (r: number, score: number, se?: number) => rank(r, {score, metric: 'inverse-perplexity', se})
  const {rows, title, notes} = tableOf([perplexity(1, 0.5, 0.01), perplexity(2, 0.4, 0.01), perplexity(4, 0.3)])
  expect(rows.map(cells => cells.slice(0, 2).map(({text}) => text))).toEqual([['LoRA r=1', 'LoRA r=2']])
  expect(title).toBe('s, test: differences of all pairs, 100 / perplexity [95 % confidence interval]')
  const [[, , difference]] = tableOf([perplexity(1, 0.031, 1e-4), perplexity(2, 0.03, 1e-4)]).rows
  expect(difference.text).toBe('+0.100 [+0.072, +0.128]')
  expect(notes).toContainEqual(expect.stringMatching(/^2 pairs not tested: not all rows record/))
})
