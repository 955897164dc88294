import {join} from 'node:path'
import {expect, test} from 'vitest'
import {exampleRow} from '../../test/support/rows.ts'
import {enterWorkplace, writeLines, writeRecipe} from '../../test/support/workplace.ts'
import type {CellReport} from '../sweep/cell-report.ts'
import {readTuning} from './read-tuning.ts'
import {parseRanges} from './search-space.ts'
import {checkOutcomes, runTrials, type SubjectOutcome, type WorkCells} from './trials.ts'
import {edgeText, trialsText, undecidedText} from './tune-text.ts'

const data = {train: 'train.jsonl', validation: 'validation.jsonl', test: {test: 'test.jsonl'}}

/** The outcome of a search whose trials have these scores, by learning rate; a rate without a score diverges. */
async function outcomeOf(scores: Readonly<Record<string, number>>, halving = false) {
  const folder = await enterWorkplace()
  writeLines(join(folder, 'validation.jsonl'), [{query: 'a', response: '#### 1'}])
  const file = writeRecipe(folder, {data, train: {steps: 80}})
  const over = ['train.lr=1e-4..1e-1:log']
  const tuning = await readTuning({paths: [file], over, trials: 4, seeds: '0', halving})
  const work: WorkCells = async runs => ({
    cells: new Map(
      runs.map(({cell: {label, recipe}}): [string, CellReport] => {
        const score = scores[String(recipe.train?.lr)]
        const failure = {kind: 'diverged', message: 'step 2: the loss is not finite'} as const
        return score === undefined
          ? [label, {state: 'failed', failure}]
          : [label, {state: 'done', row: exampleRow({scores: {validation: {score, n: 100}}})}]
      }),
    ),
    results: [],
    warnings: [],
  })
  const trials = await runTrials(tuning, work)
  if ('unfinished' in trials) throw new Error('unfinished')
  const [outcome] = trials.outcomes
  return {tuning, outcome, ranges: tuning.ranges, text: trialsText(outcome, tuning.ranges)}
}
const edgesOf = ({edges}: SubjectOutcome) => edges.map(({side}) => side)

test('the best trial is marked, and a best value at the edge is named with wider bounds', async () => {
  const {outcome, text} = await outcomeOf({0.0001: 0.9, 0.001: 0.7, 0.01: 0.5})
  expect(text).toBe(
    [
      'tiny, validation:',
      '  *  train.lr=0.0001      90.0',
      '     train.lr=0.001       70.0',
      '     train.lr=0.01        50.0',
      '     train.lr=0.1     diverged',
    ].join('\n'),
  )
  expect(outcome.edges.map(edge => edgeText(edge, 'tiny'))).toEqual([
    'tiny: the best train.lr, 0.0001, is the lowest tried, and a better one may lie beyond; widen the bounds for every recipe, as with --over train.lr=0.00001..0.1:log --trials 5',
  ])
})

test('if several trials tie for the best, a line says which one is taken, and an edge counts', async () => {
  const {outcome, text} = await outcomeOf({0.0001: 0.7, 0.001: 0.7, 0.01: 0.5, 0.1: 0.2})
  expect(text).toMatch(
    /\n {2}\* {2}train\.lr=0\.0001 .*\n {2}2 trials tie for the best; the one with the smallest train\.lr is taken$/s,
  )
  expect(outcome).toMatchObject({ties: [{'train.lr': 0.001}], isUndecided: false})
  expect(edgesOf(outcome)).toEqual(['lowest'])
})

test.each([false, true])(
  'if all trials score the same, the search is undecided and no edge is named (halving: %s)',
  async halving => {
    const {outcome, ranges, text} = await outcomeOf({0.0001: 0.5, 0.001: 0.5, 0.01: 0.5}, halving)
    expect(text).not.toContain('tie for the best')
    expect(undecidedText(outcome, ranges)).toBe(
      'tiny: all 3 trials that did not fail scored the same, so the search cannot tell them apart; the one with the smallest train.lr is taken: train.lr=0.0001',
    )
    expect(outcome.isUndecided).toBe(true)
    expect(edgesOf(outcome)).toEqual([])
    const both = parseRanges(['train.weightDecay=0..1', 'train.lr=1e-4..1e-1:log'])
    expect(undecidedText(outcome, both)).toContain(
      'the one with the smallest train.lr, then the smallest train.weightDecay',
    )
  },
)

test('a single trial that did not diverge is no tie', async () => {
  const {outcome} = await outcomeOf({0.0001: 0.5})
  expect(outcome).toMatchObject({ties: [], isUndecided: false})
  expect(edgesOf(outcome)).toEqual(['lowest'])
})

test('if no trial has a score, the error says whether they diverged or the metric has no value', async () => {
  const messageOf = async (scores: Readonly<Record<string, number>>) => {
    const {outcome, tuning} = await outcomeOf(scores)
    return () => checkOutcomes([outcome], tuning)
  }
  const all = 'tiny: all 4 trials of train.lr from 0.0001 to 0.1 '
  expect(await messageOf({})).toThrow(`${all}diverged; lower the bounds of --over`)
  const none = {0.0001: Number.NaN, 0.001: Number.NaN, 0.01: Number.NaN}
  const constant = 'made predictions for which the metric has no value, for example because all are equal'
  expect(await messageOf({...none, 0.1: Number.NaN})).toThrow(`${all}${constant}; change the bounds of --over`)
  expect(await messageOf(none)).toThrow(`${all}diverged or ${constant}; change the bounds of --over`)
})
