import {expect, test} from 'vitest'
import {exampleRow, reportSources} from '../../test/support/rows.ts'
import type {Row} from '../results/row.ts'
import {findComparable, incomparableNotes} from './comparable.ts'
import {buildEntries} from './entries.ts'
import {buildReport} from './report.ts'

/** Runs of recipes with what their predictions record of the items. */
function reported(...runs: readonly (readonly [changes: Partial<Row>, answers?: string, contents?: string])[]) {
  const all = runs.map(([changes, answers, contents]) => {
    const row = exampleRow({method: 'lora', settings: `r=${changes.params}`, ...changes})
    const items = Float64Array.from({length: row.scores.test.n}, (_, i) => i % 2)
    const hashes = new Map<'answers' | 'contents', string>()
    if (answers) hashes.set('answers', answers)
    if (contents) hashes.set('contents', contents)
    return {row, itemResults: {row, column: 'test', items, hashes}}
  })
  const itemResults = all.map(one => one.itemResults)
  const sources = {...reportSources(all.map(({row}) => row)), itemResults}
  return {report: buildReport(sources), ...buildEntries(sources.runs, {itemResults})}
}

const scored = (metric: Row['scores'][string]['metric'], score = 0.5) => ({scores: {test: {score, n: 8, metric}}})
const named = (recipe: string, params: number, changes: Partial<Row> = {}) => ({recipe, params, ...changes})

test('recipes without a folder are one suite only as far as no predictions show other items', () => {
  const suites = (...hashes: readonly (string | undefined)[]) =>
    reported(...hashes.map((hash, i) => [named('abcd'[i], i + 1), hash] as const)).entries.map(({suite}) => suite)
  expect(suites('1', '1')).toEqual(['own recipes', 'own recipes'])
  expect(suites('1', '2')).toEqual(['a', 'b'])
  expect(suites('1', undefined, '2')).toEqual(['own recipes', 'own recipes', 'c'])
  expect(suites(undefined, '1', '2')).toEqual(['own recipes', 'own recipes', 'c'])
  expect(suites('1', '2', '1', '2')).toEqual([
    'own recipes (test: accuracy, n=8; the items of a)',
    'own recipes (test: accuracy, n=8; the items of b)',
    'own recipes (test: accuracy, n=8; the items of a)',
    'own recipes (test: accuracy, n=8; the items of b)',
  ])
})

test('entries of one folder with other items are not compared, drawn or tested in one figure, and a warning names them', () => {
  const {report} = reported(
    [named('s/a', 1), '2'],
    [named('s/b', 2), '1'],
    [named('s/c', 3), '1'],
    [named('s/d', 4), undefined],
  )
  expect(report.comparisons.map(({recipes}) => recipes)).toEqual([['s/b', 's/c', 's/d']])
  const note = 'test: LoRA r=1 is not compared with the others, because the test items have other correct answers.'
  expect(report.warnings).toEqual([`s, ${note}`])
  const section = report.sections.find(({title}) => title === 's')
  expect(section?.notes).toEqual([note])
  const [suite, pairs] = section?.tables ?? []
  expect([suite.rows.length, pairs.rows.length]).toEqual([4, 3])
  const points = section?.figures?.map(figure => (figure.kind === 'pareto' ? figure.points.length : undefined))
  expect(points).toEqual([3])
})

test('entries whose items have equal answers, but were other inputs, are not compared', () => {
  const {entries, report} = reported(
    [named('s/a', 1), '1', 'x'],
    [named('s/b', 2), '1', 'y'],
    [named('s/c', 3), '1', 'y'],
    [named('s/d', 4), '1'], // of an older version
  )
  expect(findComparable(entries, 'test').compared.map(({name}) => name)).toEqual(['s/b', 's/c', 's/d'])
  expect(report.warnings).toEqual([
    's, test: LoRA r=1 is not compared with the others, because the model read other test items.',
  ])
})

test('rows of other data are compared with a note that their test items may differ, unless predictions show the items', () => {
  const trained = (recipe: string, params: number, dataRevision: string) =>
    named(recipe, params, {dataRevision, steps: 9})
  const rows = [trained('a', 1, 'x'), trained('b', 2, 'x'), trained('c', 3, 'y')] as const
  const {report} = reported(...rows.map(row => [row] as const))
  expect(report.comparisons.map(({recipes}) => recipes)).toEqual([['a', 'b', 'c']])
  const note =
    'own recipes, test: LoRA r=3 has other data than the others, by the hashes in its row. Whether the test items are the same, only a report from the folders of runs can tell.'
  expect(report.warnings).toEqual([note])
  expect(reported(...rows.map(row => [row, '1'] as const)).report.warnings).toEqual([])
  expect(reported([rows[0]], [rows[1]], [{...rows[2], steps: 0}]).report.warnings).toEqual([]) // it read no training data
  expect(reported([rows[0], '1'], [rows[1], '1'], [rows[2]]).report.warnings).toEqual([note])
})

test('an entry whose items are unknown is compared with the larger group, wherever it stands', () => {
  const {entries} = reported([named('s/a', 1)], [named('s/b', 2), '2'], [named('s/c', 3), '1'], [named('s/d', 4), '1'])
  expect(findComparable(entries, 'test').compared.map(({name}) => name)).toEqual(['s/a', 's/c', 's/d'])
})

test('perplexities over other tokens are not compared', () => {
  const metric = scored('inverse-perplexity')
  const {entries} = reported([named('s/a', 1, metric), '1'], [named('s/b', 2, metric), '2'])
  expect(findComparable(entries, 'test').others.map(({name}) => name)).toEqual(['s/b'])
  expect(incomparableNotes(findComparable(entries, 'test'), ({name}) => name)).toEqual([
    'test: s/b is not compared with the others, because the test texts have other numbers of tokens.',
  ])
})

test('fewer items are compared, since they may be a part of the others', () => {
  const few = {scores: {test: {score: 0.5, n: 4}}}
  const {entries} = reported([named('s/a', 1), '1'], [named('s/b', 2, few), '2'])
  expect(findComparable(entries, 'test').others).toEqual([])
})

test('entries of other tasks are not compared, even if column, metric and number of items are the same', () => {
  const {report} = reported(
    [named('s/a', 1, {task: 'rte'})],
    [named('s/b', 2)], // of an older version
    [named('s/c', 3, {task: 'mrpc'})],
    [named('s/d', 4, {task: 'mrpc'})],
  )
  expect(report.comparisons.map(({recipes}) => recipes)).toEqual([['s/b', 's/c', 's/d']])
  const note = 'test: LoRA r=1 is not compared with the others, because the task is rte, and not mrpc.'
  expect(report.warnings).toEqual([`s, ${note}`])
})

test('a column named after a task is compared whatever the task of the recipe, since it is scored as its own', () => {
  const columns = {boolq: {score: 0.5, n: 8}, test: {score: 0.5, n: 8}}
  const rows = ['commonsense', 'boolq'].map((task, i) =>
    exampleRow({recipe: `s/${task}`, params: i, scores: columns, task}),
  )
  const {comparisons} = buildReport(reportSources(rows))
  expect(comparisons.map(({column, recipes}) => [column, recipes.length])).toEqual([
    ['boolq', 2],
    ['test', 1],
  ])
})

test('recipes without a folder are a suite for each task', () => {
  const suites = (...tasks: readonly (string | undefined)[]) =>
    reported(...tasks.map((task, i) => [named('abcd'[i], i + 1, {task})] as const)).entries.map(({suite}) => suite)
  expect(suites('rte', 'rte', 'mrpc')).toEqual(['own recipes', 'own recipes', 'c'])
  expect(suites('rte', undefined, 'mrpc')).toEqual(['own recipes', 'own recipes', 'c'])
  expect(suites('rte', 'mrpc', 'rte', 'mrpc')).toEqual([
    'own recipes (test: rte, accuracy, n=8)',
    'own recipes (test: mrpc, accuracy, n=8)',
    'own recipes (test: rte, accuracy, n=8)',
    'own recipes (test: mrpc, accuracy, n=8)',
  ])
})

test('scores of different metrics have columns of their own and are not compared', () => {
  const {report} = reported(
    [named('s/a', 1, scored('macro-f1', 0.1))],
    [named('s/b', 2, scored(undefined, 0.9))],
    [named('s/c', 3, scored(undefined, 0.8))],
  )
  expect(report.comparisons.map(({recipes}) => recipes)).toEqual([['s/b', 's/c']])
  expect(report.warnings).toEqual([
    's, test: LoRA r=1 is not compared with the others, because the metric is macro-f1, and not accuracy.',
  ])
  const [table] = report.sections.flatMap(({tables = []}) => tables)
  expect(table.head.slice(3, 5).map(({text}) => text)).toEqual(['test (macro-f1, n=8)', 'test (n=8)'])
  expect(table.rows.map(cells => cells.slice(3, 5).map(({text}) => text.slice(0, 4)))).toEqual([
    ['10.0', ''],
    ['', '90.0'],
    ['', '80.0'],
  ])
})
