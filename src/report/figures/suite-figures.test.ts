import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import {compareColumn} from '../suite-comparison.ts'
import {memoryFigures, suiteFigure} from './suite-figures.ts'

const run = (name: string, method: string, changes: object = {}) =>
  exampleRow({recipe: `s/${name}`, method, settings: '', peakMemoryMb: 500, stepMs: 20, ...changes})

const figuresOf = (...rows: ReturnType<typeof run>[]) => {
  const entries = entriesOf(rows)
  const compared = compareColumn(entries, {column: 'test'})
  return {byMemory: memoryFigures(entries, compared), byParams: suiteFigure(entries, compared)}
}

const scored = (score: number) => ({scores: {test: {score, n: 1000}}})

test('a figure by memory has every method that trains as a point, also full fine-tuning and the head alone', () => {
  const {byMemory, byParams} = figuresOf(
    run('lora', 'lora', {peakMemoryMb: 520, ...scored(0.6)}),
    run('lora', 'lora', {peakMemoryMb: 540, seed: 2, ...scored(0.6)}),
    run('full', 'full', {peakMemoryMb: 990, params: 1e6, ...scored(0.5)}),
    run('head', 'head', {params: 0, ...scored(0.7)}),
    run('base', 'none', {params: 0, steps: 0, stepMs: undefined, ...scored(0.1)}),
  )
  expect(byParams.points.map(({label}) => label)).toEqual(['LoRA'])
  const [{points, lines, ...figure}] = byMemory
  expect(byMemory).toHaveLength(1)
  expect(lines).toEqual([])
  expect(figure).toMatchObject({
    id: 's-test-memory',
    title: 's: test, by peak memory',
    subtitle:
      '1,000 items, 1 to 2 seeds, onnx float32; 95 % confidence intervals of scores, and the range of memory over seeds',
    xTitle: 'peak memory of the process, MB',
    xScale: 'linear',
  })
  expect(points.map(({label, cost, costRange, standing}) => [label, cost, costRange, standing])).toEqual([
    ['Full', 990, undefined, 'dominated'],
    ['Head', 500, undefined, 'frontier'],
    ['LoRA', 530, [520, 540], 'dominated'],
  ])
  expect(points[2].tip).toContain('peak memory 530 MB (520 to 540)')
})

test('memory from 1,000 MB on is drawn in GB', () => {
  const [{points, xTitle, subtitle}] = figuresOf(run('a', 'lora', {peakMemoryMb: 10_776}), run('b', 'dora')).byMemory
  expect(xTitle).toBe('peak memory of the process, GB')
  expect(points.map(({cost}) => cost)).toEqual([10.776, 0.5])
  expect(points[0].tip).toContain('peak memory 10.78 GB')
  expect(subtitle).toBe('8 items, one seed, onnx float32; 95 % confidence intervals')
})

test('engines and precisions have a figure each; runs of one engine on several machines are named as such', () => {
  const bf16 = {engine: 'openvino', engineVersion: '2026.4.1', precision: 'bf16'}
  const {byMemory} = figuresOf(
    run('a', 'lora'),
    run('b', 'dora', {threads: 8}),
    run('c', 'lora', bf16),
    run('d', 'vera', {peakMemoryMb: undefined}),
  )
  expect(byMemory.map(({points}) => points.map(({label}) => label))).toEqual([['LoRA', 'DoRA'], ['LoRA bf16']])
  expect(byMemory[0].subtitle).toContain('onnx float32, on different machines or numbers of threads;')
  expect(byMemory[1].subtitle).toContain('openvino 2026.4.1 bf16;')
  expect(new Set(byMemory.map(({id}) => id)).size).toBe(2)
  for (const {id} of byMemory) expect(id).toMatch(/^[\w-]+$/)
})

test('the precision of all runs is in the subtitle, not in the labels', () => {
  const {byParams} = figuresOf(run('a', 'lora', {precision: 'bf16'}), run('b', 'dora', {precision: 'bf16'}))
  expect(byParams.subtitle).toBe('8 items, one seed, bf16; 95 % confidence intervals')
  expect(byParams.points.map(({label}) => label)).toEqual(['LoRA', 'DoRA'])
})

test('the line of full fine-tuning has its confidence interval, as points do', () => {
  const {byParams} = figuresOf(run('lora', 'lora', scored(0.6)), run('full', 'full', {params: 1e6, ...scored(0.6)}))
  const [[point], [line]] = [byParams.points, byParams.lines]
  expect(line.low).toBeLessThan(0.6)
  expect([line.low, line.high]).toEqual([point.low, point.high])
})

test('a perplexity is shown as such, on an inverted axis', () => {
  const perplexity = (score: number) => ({scores: {test: {score, n: 1000, metric: 'inverse-perplexity', se: 0.001}}})
  const {byParams} = figuresOf(
    run('a', 'lora', perplexity(0.4)),
    run('b', 'dora', perplexity(0.5)),
    run('full', 'full', {params: 1e6, ...perplexity(0.25)}),
  )
  expect(byParams).toMatchObject({yTitle: 'perplexity (lower is better)', yUnit: 'perplexity'})
  expect(byParams.points[0].tip[1]).toMatch(/^2\.50 \[/)
  expect(byParams.lines[0].label).toBe('Full, 1,000,000 trained: 4.00')
})

test('a figure counts the seeds and items of its own test file', () => {
  const other = {scores: {other: {score: 0.5, n: 8}}}
  const {byParams} = figuresOf(
    run('a', 'lora', {scores: {test: {score: 0.5, n: 1000}, other: {score: 0.5, n: 8}}}),
    run('b', 'dora', {...other, seed: 2}),
    run('b', 'dora', {scores: {test: {score: 0.5, n: 500}, other: {score: 0.5, n: 8}}}),
  )
  expect(byParams.subtitle).toBe('1,000 or 500 items, one seed; 95 % confidence intervals')
  expect(byParams.points.map(({tip}) => tip.at(-1))).toEqual(['one seed', 'one seed'])
})

test('without a record of memory there is no figure', () => {
  expect(figuresOf(run('a', 'lora', {peakMemoryMb: undefined})).byMemory).toEqual([])
})
