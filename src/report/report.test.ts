import {expect, test} from 'vitest'
import {paperRows} from '../../test/support/paper-rows.ts'
import {exampleRow, reportSources} from '../../test/support/rows.ts'
import type {PaperVersion} from '../paper/rows.ts'
import type {Row} from '../results/row.ts'
import {buildReport} from './report.ts'

test('runs with overrides that no table of the paper shows have a line in the table of their suite', () => {
  const rows = paperRows([1, 2]).filter(({cells}) => cells?.includes('t1.g2.lora1'))
  const lines = (all: typeof rows) => {
    const {sections} = buildReport(reportSources(all))
    const suite = sections.find(({title}) => title === 'table-1/gemma-2b')
    const table = suite?.tables?.find(({id}) => id === 'table-1-gemma-2b')
    return table && {labels: table.rows.map(([{text}]) => text), notes: table.notes}
  }
  const swept = rows.map(row => ({...row, set: 'train.lr=0.1'}))
  expect(lines(rows)).toBeUndefined()
  expect(lines([...rows, ...swept])).toEqual({labels: ['LoRA r=1', 'LoRA r=1 lr=0.1'], notes: []})
  expect(lines(swept)).toEqual({labels: ['LoRA r=1'], notes: ['All runs have the overrides train.lr=0.1.']})
})

test('runs of a row that only the other version prints, or of a point of a figure, have a line in the table of their suite', () => {
  const run = (...cells: readonly string[]) => exampleRow({recipe: 'gsm8k/gemma-2b/mine', cells: [...cells]})
  const hasTable = (row: Row, version: PaperVersion) =>
    buildReport(reportSources([row]), {version}).sections.some(({tables = []}) =>
      tables.some(({id}) => id === 'gsm8k-gemma-2b'),
    )
  expect(hasTable(run('n9.svf_7'), 'arxiv-v1')).toBe(true)
  expect(hasTable(run('n9.svf_7'), 'neurips2024')).toBe(false)
  expect(hasTable(run('f4.qv.d4'), 'neurips2024')).toBe(true)
  expect(hasTable(run('n9.svf_7', 't1.g2.svft_p'), 'arxiv-v1')).toBe(false)
})

test('the figure of a test file needs two methods', () => {
  const [first, second] = paperRows([1]).filter(
    ({cells}) => cells?.includes('t1.g2.lora1') || cells?.includes('t1.g2.lora32'),
  )
  const figuresWith = (...rows: (typeof first)[]) => {
    const own = rows.map(row => ({...row, recipe: `mine/${row.params}`, cells: undefined}))
    const {sections} = buildReport(reportSources(own))
    return sections.flatMap(({figures}) => figures).length
  }
  expect(figuresWith(first)).toBe(0)
  expect(figuresWith(first, {...second, method: 'full'})).toBe(0)
  expect(figuresWith(first, second)).toBe(2)
})

test('suites whose names differ only in / and -, or in case, have tables and figures of their own', () => {
  const runs = ['a/b', 'a-b', 'A-b'].flatMap(suite =>
    [1, 2].map(i =>
      exampleRow({recipe: `${suite}/${i}`, method: 'lora', settings: `r=${i}`, params: i, peakMemoryMb: i}),
    ),
  )
  const {sections} = buildReport(reportSources(runs))
  const ids = sections.flatMap(({tables = [], figures = []}) => [...tables, ...figures].map(({id}) => id.toLowerCase()))
  expect(ids).toHaveLength(12)
  expect(new Set(ids).size).toBe(12)
  expect(ids).toContain('a-b-test')
  expect(ids).toContain('a-b-test-2')
})

test('a report of arXiv v1 with measured memory of the paper’s rows names the version and the tables that print GPU memory', () => {
  const rows = paperRows([1]).filter(({cells}) => cells?.includes('t1.g2.lora1'))
  const notesOf = (all: typeof rows, version: PaperVersion) =>
    buildReport(reportSources(all), {version}).sections.find(({title}) => title === 'The paper’s GPU memory')?.notes
  const measured = rows.map(row => ({...row, peakMemoryMb: 900}))
  expect(notesOf(measured, 'arxiv-v1')).toEqual([
    'arXiv v1 prints no GPU memory. NeurIPS 2024 prints it in tables 5, 13 and 14: svft report --version neurips2024 shows it beside the memory that svft plans.',
  ])
  expect(notesOf(measured, 'neurips2024')).toBeUndefined()
  expect(
    notesOf(
      measured.map(row => ({...row, recipe: 'mine/a', cells: undefined})),
      'arxiv-v1',
    ),
  ).toBeUndefined()
  expect(
    notesOf(
      rows.map(row => ({...row, peakMemoryMb: undefined})),
      'arxiv-v1',
    ),
  ).toBeUndefined()
})
