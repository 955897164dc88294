import {expect, test} from 'vitest'
import {entriesOf, exampleRow, reportSources} from '../../../test/support/rows.ts'
import {buildReport} from '../report.ts'
import {suiteTable} from './suite-table.ts'

const search = (trials: number, from: number) =>
  `grid of ${trials} trials × 3 seeds by validation accuracy: train.lr ${from} to 0.1 (log)`
const svft = {recipe: 'tuned/s/svft'}
const lora = {recipe: 'tuned/s/lora', method: 'lora', settings: 'r=8 α=16'}
const rowsOf = (...changes: object[]) => changes.map(exampleRow)

test('a suite shows how much each method was tuned, and within which bounds', () => {
  const rows = rowsOf({...svft, search: search(8, 0.001)}, {...lora, search: search(8, 0.0001)})
  const {head, rows: lines, notes} = suiteTable('tuned/s', entriesOf(rows))
  expect(head.at(-1)).toEqual({text: 'Tuned', align: 'left'})
  expect(lines.map(cells => cells.at(-1)?.text)).toEqual(['grid of 8 trials × 3 seeds', 'grid of 8 trials × 3 seeds'])
  expect(notes).toEqual([
    'Tuned (LoRA r=8): grid of 8 trials × 3 seeds by validation accuracy: train.lr 0.0001 to 0.1 (log).',
    'Tuned (SVFT plain): grid of 8 trials × 3 seeds by validation accuracy: train.lr 0.001 to 0.1 (log).',
  ])
  expect(buildReport(reportSources(rows)).warnings).toEqual([])
})

test('a report warns of methods that were not tuned alike', () => {
  const rows = rowsOf({...svft, search: search(8, 0.001)}, lora)
  const unlike = 'LoRA r=8: not tuned; SVFT plain: grid of 8 trials × 3 seeds'
  expect(suiteTable('tuned/s', entriesOf(rows)).notes).toContain(
    `Not tuned alike, so differences may come from the tuning: ${unlike}.`,
  )
  expect(buildReport(reportSources(rows)).warnings).toEqual([`tuned/s: methods were not tuned alike: ${unlike}`])
})

test('a suite without searches has neither column nor warning', () => {
  const rows = rowsOf(svft, lora)
  const {head, notes} = suiteTable('tuned/s', entriesOf(rows))
  expect([head.map(({text}) => text).includes('Tuned'), notes]).toEqual([false, []])
  expect(buildReport(reportSources(rows)).warnings).toEqual([])
})

test('the trials of a search are drawn, and not compared with each other', () => {
  const trials = [0.001, 0.01, 0.1].map(lr => ({set: `train.lr=${lr}`, scores: {validation: {score: lr, n: 100}}}))
  const {comparisons, sections} = buildReport(reportSources(rowsOf(...trials)))
  expect(comparisons).toEqual([])
  expect(sections.flatMap(({figures = []}) => figures.map(({id}) => id))).toEqual(['gsm8k-mini-validation-by-train-lr'])
})
