import {expect, test} from 'vitest'
import {entriesOf, exampleRow} from '../../../test/support/rows.ts'
import type {Row} from '../../results/row.ts'
import {tuningCurves} from './tuning-curves.ts'

const row = (set: string, score: number, changes: Partial<Row> = {}) =>
  exampleRow({recipe: 'tune/s/svft', set, scores: {validation: {score, n: 100}}, ...changes})
const RATES = [0.0001, 0.001, 0.01]
const rates = (scores: readonly number[], changes: Partial<Row> = {}) =>
  scores.map((score, i) => row(`evaluate.splits=["validation"] train.lr=${RATES[i]}`, score, changes))

test('scores are drawn against a swept value, all methods in one figure, with ranges over seeds', () => {
  const lora = {recipe: 'tune/s/lora', method: 'lora', settings: 'r=8 α=16'}
  const figures = tuningCurves(
    'tune/s',
    entriesOf([...rates([0.5, 0.7, 0.6]), ...rates([0.5, 0.8, 0.6], {seed: 2}), ...rates([0.4, 0.4, 0.3], lora)]),
  )
  expect(figures).toHaveLength(1)
  expect(figures[0]).toMatchObject({
    id: 'tune-s-validation-by-train-lr',
    subtitle:
      '100 items, 1 to 2 seeds: means, and bars from the lowest to the highest seed; the best of each method is filled, and marks that it would hide stand beside it',
    x: {title: 'learning rate', scale: 'log'},
    y: {title: 'accuracy, %'},
    lines: [
      {label: 'LoRA r=8', points: [{x: 0.0001, y: 0.4, best: true}, {x: 0.001}, {x: 0.01}]},
      {label: 'SVFT plain', points: [{x: 0.0001}, {x: 0.001, y: 0.75, range: [0.7, 0.8], best: true}, {x: 0.01}]},
    ],
  })
})

test('a trial with a score for fewer seeds than the others is not the best', () => {
  const scores = [0.5, 0.9, 0.6]
  const second = rates(scores, {seed: 2}).filter((_, i) => i !== 1)
  const [{lines, subtitle}] = tuningCurves('s', entriesOf([...rates(scores), ...second]))
  expect(lines[0].points.map(({y, best}) => [y, best])).toEqual([
    [0.5, undefined],
    [0.9, undefined],
    [0.6, true],
  ])
  expect(subtitle).toContain('100 items, 1 to 2 seeds')
})

test('two values make no line', () => {
  expect(tuningCurves('s', entriesOf(rates([0.5, 0.7])))).toEqual([])
})

test('other overrides have lines of their own; points that differ in several values are not joined', () => {
  const both = [1, 2].flatMap(decay => [1, 2, 3].map(lr => row(`train.lr=${lr} train.weightDecay=${decay}`, 0.5)))
  const [product] = tuningCurves('s', entriesOf(both))
  expect(product.lines.map(({label, scattered}) => [label, scattered])).toEqual([
    ['SVFT plain weightDecay=1', false],
    ['SVFT plain weightDecay=2', false],
  ])
  const drawn = [1, 2, 3].map(i => row(`train.lr=${i} train.weightDecay=${i}`, 0.5))
  const figures = tuningCurves('s', entriesOf(drawn))
  expect(figures.map(({x, lines: [{scattered}]}) => [x.title, scattered])).toEqual([
    ['learning rate', true],
    ['train.weightDecay', true],
  ])
})
