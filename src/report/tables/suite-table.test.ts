import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import {suiteTable} from './suite-table.ts'

const tableOf = (...changes: object[]) => {
  const rows = changes.map((change, i) =>
    exampleRow({recipe: `s/${i}`, settings: `r=${i + 1}`, method: 'lora', ...change}),
  )
  const {head, rows: lines, notes} = suiteTable('s', entriesOf(rows))
  return {heads: head.map(({text}) => text), lines: lines.map(cells => cells.map(({text}) => text)), notes}
}

test('step times and peak memory are the last columns; what a row does not record is empty', () => {
  const {heads, lines, notes} = tableOf({stepMs: 1815.4, peakMemoryMb: 2166, seconds: 4808.6}, {stepMs: 8.44}, {})
  expect(heads.slice(-3)).toEqual(['Seconds', 'Step, ms', 'Peak memory, MB'])
  expect(lines.map(cells => cells.slice(-3))).toEqual([
    ['4,809', '1,815', '2,166'],
    ['60', '8.4', ''],
    ['60', '', ''],
  ])
  expect(notes).toEqual([])
})

test('a note has the precision of all rows', () => {
  expect(tableOf({precision: 'bf16'}, {precision: 'bf16'}).notes).toEqual(['All runs were computed in bf16.'])
  expect(tableOf({precision: 'bf16'}, {}).notes).toEqual([])
})

test('a column that no row has a value for is left out', () => {
  expect(tableOf({}).heads.at(-1)).toBe('Seconds')
  expect(tableOf({stepMs: 3}).heads.slice(-2)).toEqual(['Seconds', 'Step, ms'])
})

test('a correlation without a value counts as 0 in the mean of the seeds, and a note says so', () => {
  const seed = (seed: number, score: number) => ({
    recipe: 's/0',
    seed,
    scores: {stsb: {score, n: 100, metric: 'pearson'}},
  })
  const {lines, notes} = tableOf(
    seed(1, 0.9),
    {...seed(2, Number.NaN), settings: 'r=1'},
    {...seed(3, 0.9), settings: 'r=1'},
  )
  expect(lines[0].slice(2, 4)).toEqual(['3', expect.stringMatching(/^60\.0 ± 52\.0 /)])
  expect(notes).toEqual([
    'LoRA r=1, stsb: seed 2 has no value and counts as 0 (no relation), because all predictions, or all labels, are equal.',
  ])
})

test('a note lists what was measured on which machine and engine, if these differ', () => {
  const {notes} = tableOf({stepMs: 9}, {stepMs: 9, threads: 8}, {threads: 4})
  expect(notes).toEqual([
    'Peak memory and times are comparable only on one machine, with one engine, precision and number of threads; these rows were measured in 2 ways: engine onnx, 2 threads (LoRA r=1); engine onnx, 8 threads (LoRA r=2).',
  ])
})

test('a method measured on two machines is listed with each', () => {
  const {notes} = tableOf(
    {stepMs: 9, recipe: 's/0', seed: 0},
    {stepMs: 9, recipe: 's/0', settings: 'r=1', seed: 1, threads: 8},
    {stepMs: 9, threads: 8},
  )
  expect(notes).toEqual([
    expect.stringMatching(
      /measured in 2 ways: engine onnx, 2 threads \(LoRA r=1\); engine onnx, 8 threads \(LoRA r=1, LoRA r=3\)\.$/,
    ),
  ])
})

test('the title has the unit of the scores: × 100, perplexity, or both', () => {
  const titleOf = (...metrics: ('accuracy' | 'inverse-perplexity')[]) => {
    const scores = Object.fromEntries(metrics.map((metric, i) => [`test${i}`, {score: 0.5, n: 10, metric}]))
    return suiteTable('s', entriesOf([exampleRow({recipe: 's/0', scores})])).title
  }
  const rest = 'mean ± sd over seeds [95 % confidence interval]'
  expect(titleOf('accuracy')).toBe(`s: score × 100, ${rest}`)
  expect(titleOf('inverse-perplexity')).toBe(`s: perplexity, ${rest}`)
  expect(titleOf('accuracy', 'inverse-perplexity')).toBe(`s: score × 100 or perplexity, ${rest}`)
})
