import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {enterWorkplace, writeRecipe} from '../../test/support/workplace.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import type {CellReport} from '../sweep/cell-report.ts'
import {readTuning} from './read-tuning.ts'
import {runTrials, type WorkCells} from './trials.ts'

/** A search over four learning rates with two seeds, whose runs take no time. */
async function openSearch(reportOf: (trial: {rate: number; steps?: number | undefined; seed: number}) => CellReport) {
  const folder = await enterWorkplace()
  writeFileSync(join(folder, 'validation.jsonl'), '{"query": "a", "response": "#### 1"}\n')
  const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}
  const file = writeRecipe(folder, {name: 'tiny/svft', data, train: {steps: 40}}, 'svft.yaml')
  const worked: string[] = []
  const work: WorkCells = async runs => {
    const cells = runs.map(({cell: {label, recipe}}) => {
      const {lr: rate, steps} = recipe.train as NonNullable<Recipe['train']>
      worked.push(`${steps} steps at ${rate}`)
      return [label, reportOf({rate, steps, seed: recipe.seed})] as const
    })
    return {cells: new Map(cells), results: ['results/tune-tiny.csv'], warnings: []}
  }
  const search = async (halving = false) => {
    const over = ['train.lr=1e-3..4e-3']
    return runTrials(await readTuning({paths: [file], over, trials: 4, seeds: '0-1', halving}), work)
  }
  return {search, worked}
}

const scored = (score: number): CellReport => ({
  state: 'done',
  row: exampleRow({scores: {validation: {score, n: 100}}}),
})
const failed = (kind: 'diverged' | 'io'): CellReport => ({state: 'failed', failure: {kind, message: kind}})

test('the trial with the highest mean validation score is the best', async () => {
  const scores: Readonly<Record<number, readonly number[]>> = {
    0.001: [0.4, 0.5],
    0.002: [0.9, 0.1],
    0.003: [0.6, 0.6],
    0.004: [0.5, 0.6],
  }
  const {search} = await openSearch(({rate, seed}) => scored(scores[rate][seed]))
  expect(await search()).toMatchObject({
    outcomes: [{best: {point: {'train.lr': 0.003}, score: 0.6}, ties: [], isUndecided: false, edges: []}],
    results: ['results/tune-tiny.csv'],
  })
})

test('halving keeps the better half of each rung, and the best is that of the last', async () => {
  const scores: Readonly<Record<number, Readonly<Record<number, number>>>> = {
    10: {0.001: 0.1, 0.002: 0.4, 0.003: 0.3, 0.004: 0.2},
    20: {0.002: 0.5, 0.003: 0.6},
    40: {0.003: 0.5},
  }
  const {search, worked} = await openSearch(({rate, steps = 0}) => scored(scores[steps][rate]))
  expect(await search(true)).toMatchObject({
    outcomes: [
      {
        trials: [{scores: [0.1, 0.1]}, {scores: [0.5, 0.5]}, {scores: [0.5, 0.5]}, {scores: [0.2, 0.2]}],
        best: {point: {'train.lr': 0.003}, score: 0.5},
      },
    ],
  })
  expect(worked.slice(8)).toEqual(
    ['20 steps at 0.002', '20 steps at 0.003', '40 steps at 0.003'].flatMap(trial => [trial, trial]),
  )
})

test('a trial of which one seed diverged is not the best; another failure leaves the search unfinished', async () => {
  const one = (report: CellReport) =>
    openSearch(({rate, seed}) => (rate === 0.004 && seed === 1 ? report : scored(10 * rate)))
  expect(await (await one(failed('diverged'))).search()).toMatchObject({
    outcomes: [{best: {point: {'train.lr': 0.003}}, trials: [{}, {}, {}, {failure: {kind: 'diverged'}}]}],
  })
  expect(await (await one(scored(Number.NaN))).search()).toMatchObject({
    outcomes: [{best: {point: {'train.lr': 0.003}}, trials: [{}, {}, {}, {failure: {kind: 'no-value'}}]}],
  })
  expect(await (await one(failed('io'))).search()).toHaveProperty('unfinished')
})
