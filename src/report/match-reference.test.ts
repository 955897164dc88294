import {expect, test} from 'vitest'
import {exampleRow, reportSources} from '../../test/support/rows.ts'
import type {Row} from '../results/row.ts'
import {buildReport} from './report.ts'
import {setupOf} from './row-setups.ts'

const row = (changes: Partial<Row>): Row => exampleRow({hash: `s${changes.seed ?? 1}`, dataRevision: 'd', ...changes})

const committed = [row({}), row({seed: 2, scores: {test: {score: 0.75, n: 8}}})]

function tableOf(own: readonly Row[], reference: readonly Row[] | 'itself' = committed) {
  const runs = own.map(one => ({row: one, setup: setupOf(one)}))
  const {sections, comparisons} = buildReport({...reportSources(own), runs, reference})
  const table = sections.flatMap(({tables = []}) => tables).find(({id}) => id === 'gsm8k-mini')!
  return {sections, comparisons, notes: table.notes, lines: table.rows.map(cells => cells.map(({text}) => text))}
}

test('the reference of a recipe is below its runs, and a note counts the runs with the same scores', () => {
  const other = row({recipe: 'gsm8k/mini/lora-r8', method: 'lora', settings: 'r=8 α=16', params: 53_248})
  const {lines, notes, comparisons} = tableOf([row({}), row({seed: 2}), row({seed: 3}), other])
  expect(lines.map(([label, params, seeds]) => [label, params, seeds])).toEqual([
    ['SVFT plain', '3,612', '3'],
    ['reference', '', '2'],
    ['LoRA r=8', '53,248', '1'],
  ])
  expect(lines[1][3]).toMatch(/^62\.5 ± /)
  expect(notes).toEqual([
    'reference: the rows that ship with svft, for the same recipe, model and data. Of 2 runs whose seed is in both, 1 has the same scores to the last bit.',
  ])
  expect(comparisons.flatMap(({pairs}) => pairs)).toHaveLength(1)
})

test.each([
  ['another recipe', {hash: 'other'}],
  ['other data with another seed', {seed: 9, dataRevision: 'e'}],
  ['other steps with another seed', {seed: 9, steps: 5}],
])('a reference is not shown with runs of %s, and a note names them', (_, changes) => {
  const {lines, notes} = tableOf([row(changes)])
  expect(lines).toHaveLength(1)
  expect(notes).toEqual(['The reference of SVFT plain is for another recipe, model or data, and is not shown.'])
})

test('a reference is shown only if it has the run of every seed in both, and whatever data each seed has drawn', () => {
  expect(tableOf([row({}), row({seed: 2, hash: 'other'})]).lines).toHaveLength(1)
  const drawn = (seed: number) => row({seed, dataRevision: `d${seed}`})
  expect(tableOf([drawn(9)], [drawn(1), drawn(2)]).lines).toHaveLength(2)
})

test('a run without a reference has one line, and a report of the reference is marked as one', () => {
  const alone = tableOf([row({set: 'train.lr=1'})])
  expect(alone.lines).toHaveLength(1)
  expect(alone.notes).toEqual(['All runs have the overrides train.lr=1.'])
  const {sections, lines, notes} = tableOf(committed, 'itself')
  expect(sections[0].notes?.[0]).toMatch(/^This is a report of the reference, the rows that ship with svft/)
  expect([lines.length, notes]).toEqual([1, []])
})
