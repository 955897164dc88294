import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Recipe} from '../recipes/file/schema.ts'
import type {Row} from '../results/row.ts'
import {runReport, runReportText} from './run-report.ts'

const row = {
  recipe: 'gsm8k/mini/x',
  method: 'svft',
  settings: 'banded d=8',
  params: 12345,
  scores: {test: {score: 0.25, n: 400}, wordings: {score: 0.5, n: 100}},
  steps: 120,
  seconds: 61.5,
  peakMemoryMb: 512,
} as unknown as Row
const recipe = {name: 'gsm8k/mini/x', task: 'gsm8k', evaluate: {splits: ['test', 'wordings']}} as unknown as Recipe
const done = {
  folder: join(process.cwd(), 'runs/x-1a2b3c4d-s42'),
  row,
  results: join(process.cwd(), 'results/gsm8k-mini.csv'),
  already: false,
}

test('the score of the first split has the name of the task, and those of other splits have it as a prefix', () => {
  expect(runReport(recipe, done)).toEqual({
    recipe: 'gsm8k/mini/x',
    run: 'runs/x-1a2b3c4d-s42',
    scores: {
      test: {score: 0.25, metric: 'accuracy', n: 400},
      wordings: {score: 0.5, metric: 'accuracy', n: 100},
    },
    metrics: {gsm8k: 0.25, 'gsm8k.wordings': 0.5},
    n: 400,
    params: 12345,
    seconds: 61.5,
    results: 'results/gsm8k-mini.csv',
    already: false,
  })
})

test('a split named like a task has that name, and commonsense is the mean of its splits', () => {
  const metricsOf = (task: string, scores: Record<string, number>) => {
    const splits = Object.keys(scores)
    const found = Object.fromEntries(splits.map(split => [split, {score: scores[split], n: 100}]))
    const named = {...recipe, task, evaluate: {splits}} as unknown as Recipe
    return runReport(named, {...done, row: {...row, scores: found}}).metrics
  }
  expect(metricsOf('gsm8k', {gsm8k: 0.5, math: 0.25})).toEqual({gsm8k: 0.5, math: 0.25})
  expect(metricsOf('gsm8k', {other: 0.5, math: 0.25})).toEqual({gsm8k: 0.5, math: 0.25})
  expect(metricsOf('gsm8k', {math: 0.25})).toEqual({math: 0.25})
  expect(metricsOf('commonsense', {boolq: 0.5, piqa: 0.25})).toEqual({commonsense: 0.375, boolq: 0.5, piqa: 0.25})
  expect(metricsOf('commonsense', {test: 1, piqa: 0.5})).toEqual({commonsense: 1, piqa: 0.5})
  expect(metricsOf('commonsense', {validation: 0.5})).toEqual({'commonsense.validation': 0.5})
})

test('validation is not the score of the task, and a score has its metric, its error and its perplexity', () => {
  const scores = {
    validation: {score: 0.5, n: 8, metric: 'macro-f1', se: 0.1},
    test: {score: 0.04, n: 16, metric: 'inverse-perplexity'},
  } as const
  const both = {...recipe, task: 'instruct', evaluate: {splits: ['validation', 'test']}} as unknown as Recipe
  expect(runReport(both, {...done, row: {...row, scores}})).toMatchObject({
    scores: {
      validation: {score: 0.5, metric: 'macro-f1', n: 8, se: 0.1},
      test: {score: 0.04, metric: 'inverse-perplexity', n: 16, perplexity: 25},
    },
    metrics: {instruct: 0.04, 'instruct.validation': 0.5},
    n: 16,
  })
})

test('a score that is no mean over items has an interval too', () => {
  const textOf = (score: Row['scores'][string]) => {
    const scores = {test: score, wordings: {score: 0.5, n: 100}}
    return runReportText(recipe, {...done, row: {...row, scores}}).split('\n')[1]
  }
  expect(textOf({score: 0.5, n: 100, metric: 'macro-f1', se: 0.05})).toBe(
    '  test: 50.0 macro-f1 (95 % CI 40.2–59.8, n = 100)',
  )
  expect(textOf({score: 0, n: 100, metric: 'pearson'})).toBe('  test: 0.0 pearson (95 % CI −19.6 to 19.6, n = 100)')
})

test('a perplexity has an interval, and that of the committed row is a perplexity too', () => {
  const textOf = (score: number, se?: number, committed?: number) => {
    const rowOf = (score: number) => ({
      ...row,
      scores: {test: {score, n: 100, metric: 'inverse-perplexity', se} as const, wordings: {score: 0.5, n: 100}},
    })
    return runReportText(recipe, {...done, row: rowOf(score)}, committed === undefined ? undefined : rowOf(committed))
  }
  expect(textOf(0.4, 0.02)).toContain('\n  test: perplexity 2.50 (95 % CI 2.28–2.77, n = 100)\n')
  expect(textOf(0.4)).toContain('\n  test: perplexity 2.50 (no standard error, n = 100)\n')
  expect(textOf(0.4, 0.02, 0.5)).toContain('committed reference row: test perplexity 2.00, wordings 50.0 there\n')
})

test('the scores that the paper prints are reported', () => {
  const paper = {cell: 't1.g2.svft_p', params: '0.19M', gsm8k: 40.34} as unknown as NonNullable<Recipe['paper']>
  expect(runReport({...recipe, paper}, done).paper).toEqual(paper)
  expect(runReportText({...recipe, paper}, done)).toContain(
    '\n  the paper prints gsm8k 40.34 with 0.19M trainable (t1.g2.svft_p)\n',
  )
})

test.each([
  [{}, undefined],
  [{params: '0.19M', also: ['t5.plain']}, '  the paper prints 0.19M trainable (t1.g2.svft_p)'],
])('of the values that the paper prints, those that the recipe names are reported: %j', (values, line) => {
  const paper = {cell: 't1.g2.svft_p', ...values} as unknown as NonNullable<Recipe['paper']>
  const lines = runReportText({...recipe, paper}, done).split('\n')
  expect(lines.find(text => text.startsWith('  the paper prints'))).toBe(line)
})

test('other rows that print another value for the run are reported below it', () => {
  const printed = {cell: 't1.g7.svft_r16', params: '19.8M', gsm8k: 76.81, math: 29.98}
  const paper = printed as unknown as NonNullable<Recipe['paper']>
  const line = 'NeurIPS 2024 prints gsm8k 76.35, math 29.86 (n7.g7.random16)'
  expect(runReportText({...recipe, paper}, done)).toContain(`(t1.g7.svft_r16)\n  ${line}\n`)
  const one = {cell: 't1.g2.lora1', params: '0.82M', gsm8k: 32.97, math: 13.04} as unknown as typeof paper
  expect(runReportText({...recipe, paper: one}, done)).not.toContain('NeurIPS 2024 prints')
})

test('a score without a value is described in words', () => {
  const scores = {test: {score: Number.NaN, n: 8, metric: 'pearson'}, wordings: {score: 0.5, n: 100}} as Row['scores']
  const stsb = {...recipe, task: 'stsb'} as Recipe
  expect(runReportText(stsb, {...done, row: {...row, scores}})).toContain(
    '\n  test: no value, all predictions or all labels are equal (pearson, n = 8)\n',
  )
  expect(JSON.stringify(runReport(stsb, {...done, row: {...row, scores}}).metrics)).toContain('"stsb":null')
})

test('on a terminal scores are percentages with Wilson intervals', () => {
  expect(runReportText(recipe, {...done, already: true})).toMatchInlineSnapshot(`
    "gsm8k/mini/x: svft banded d=8, 12,345 trainable parameters (had finished before)
      test: 25.0 % accuracy (95 % CI 21.0–29.5, n = 400)
      wordings: 50.0 % accuracy (95 % CI 40.4–59.6, n = 100)
      120 steps in 1m02s, peak memory 512 MB
      run runs/x-1a2b3c4d-s42, table results/gsm8k-mini.csv"
  `)
})

test('a results file that does not hold the row is not named', () => {
  const refused = {...done, results: undefined}
  expect(runReportText(recipe, refused)).toMatch(/\n {2}run runs\/x-1a2b3c4d-s42, its row in no table$/)
  expect(runReport(recipe, refused).results).toBeUndefined()
})

test('a score of 0 or 100 % on few items has a wide interval, and one step is singular', () => {
  const scores = {test: {score: 0, n: 5}, wordings: {score: 1, n: 5}}
  const text = runReportText(recipe, {...done, row: {...row, scores, steps: 1}})
  expect(text).toContain(
    '\n  test: 0.0 % accuracy (95 % CI 0.0–43.4, n = 5)\n  wordings: 100.0 % accuracy (95 % CI 56.6–100.0, n = 5)\n',
  )
  expect(text).toContain('\n  1 step in 1m02s,')
})

test('a run in bfloat16 names the engine, and how close its first gradient was to float32', () => {
  const bf16 = {...row, engine: 'openvino', engineVersion: '2026.4.1', precision: 'bf16'} as const
  expect(runReportText(recipe, {...done, row: {...bf16, gradientCosine: 0.99987}})).toContain(
    '\n  computed in bf16 by openvino 2026.4.1; cosine of the first gradient with float32: 0.99987\n',
  )
  expect(runReportText(recipe, {...done, row: bf16})).toContain(
    '\n  computed in bf16 by openvino 2026.4.1, not compared with float32\n',
  )
})

test('the scores are compared with those of the committed row, which are printed if they differ', () => {
  const equal = runReportText(recipe, done, {...row, seconds: 1})
  expect(equal).toContain('\n  equal to the committed reference row, bit for bit\n')
  expect(runReport(recipe, done, row).reference).toBe('equal')
  const scores = {...row.scores, test: {score: 0.25 + 2 ** -54, n: 400}}
  const other = {...row, scores, threads: 2} as Row
  expect(runReportText(recipe, {...done, row: {...row, threads: 4}}, other)).toContain(
    '\n  not equal to the committed reference row: test 25.0, wordings 50.0 there, with 2 threads instead of 4\n',
  )
  expect(runReport(recipe, done, other).reference).toBe('different')
})
