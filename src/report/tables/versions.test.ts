import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {entriesOf} from '../../../test/support/rows.ts'
import type {PaperVersion} from '../../paper/rows.ts'
import type {Row} from '../../results/row.ts'
import {judgeRows, paperTables} from './paper-tables.ts'

const rows = paperRows([1, 2, 3])
const ran = (...cells: readonly string[]) => entriesOf(rows.filter(row => cells.includes(row.cells?.[0] ?? '')))

/** The lines of a table, each with its cells as texts. */
function linesOf(table: number, version: PaperVersion, entries: ReturnType<typeof ran>) {
  const found = paperTables(judgeRows(entries, version)).find(({id}) => id === `table-${table}`)
  return found?.rows.map(cells => cells.map(({text}) => text)) ?? []
}

test('a row with two contradicting printed scores shows both, each with a verdict', () => {
  const lines = linesOf(1, 'arxiv-v1', ran('t1.g7.svft_r16'))
  const at = lines.findIndex(([label]) => label.startsWith('SVFT random'))
  const gemma7b = lines.slice(at).map(cells => [cells[1], ...cells.slice(5, 8)])
  expect(gemma7b.map(([kind]) => kind)).toEqual([
    ...['paper', 'ours', 'verdict', 'NeurIPS 2024, table 7', 'verdict on it'],
    'NeurIPS 2024, table 7, banded', // the same scores for another pattern, which is no run of this row
  ])
  expect(gemma7b[0].slice(1)).toEqual(['19.8M', '76.81', '29.98'])
  expect(gemma7b[3].slice(1)).toEqual(['', '76.35', '29.86'])
  expect(gemma7b[4][2]).toMatch(/, 3 seeds/)
  expect(gemma7b[5].slice(1)).toEqual(['', '76.81', '29.98'])
})

test('either version is laid out with the same runs, and names the other one if it prints another value', () => {
  const own = ran('t9.vb.svft_p')
  const [v1, published] = [linesOf(9, 'arxiv-v1', own), linesOf(4, 'neurips2024', own)]
  const of = (lines: string[][], kind: string) => {
    const at = lines.findIndex(([label]) => label === 'SVFT plain')
    return lines
      .slice(at, at + 5)
      .find(cells => cells[1] === kind)
      ?.slice(2, 7)
  }
  expect(of(v1, 'paper')).toEqual(['18.5K', '83.85', '98.93', '75.68', '67.19'])
  expect(of(v1, 'NeurIPS 2024, table 4')).toEqual(['', '83.78', '98.99', '74.43', '70.55'])
  expect(of(published, 'paper')).toEqual(['18.5K', '83.78', '74.43', '98.99', '70.55'])
  expect(of(published, 'arXiv v1, table 9')).toEqual(['', '83.85', '75.68', '98.93', '67.19'])
})

test('a row that the other version prints on other modules is shown with them, and has no verdict on it', () => {
  const lines = linesOf(9, 'arxiv-v1', ran('t9.vb.lora8', 't4.vb.lora8'))
  const at = lines.findIndex(cells => cells[1] === 'NeurIPS 2024, table 4' && cells[2] === '294.9K on Q,V')
  expect(at).toBeGreaterThan(0)
  expect(lines[at + 1][1]).toBe('paper')
})

test('tables with printed memory need no runs; a mean of two test sets is computed from their scores', () => {
  const empty = paperTables(judgeRows([], 'neurips2024'))
  expect(empty.map(({id}) => id)).toEqual(['table-5', 'table-13', 'table-14'])
  expect(empty[1].head.map(({text}) => text)).toEqual(['Method', '', '#Params', 'Memory, GB', 'GSM-8K', 'MATH'])
  expect(empty[1].rows[0].map(({text}) => text)).toEqual(['LoRA r=4', 'paper', '3.28M', '18.88', '40.63', '14.50'])
  expect(empty[1].rows.flat().map(({text}) => text)).not.toContain('verdict')
  expect(paperTables(judgeRows([], 'arxiv-v1'))).toEqual([])

  const [measured] = ran('t1.g2.lora32')
  const entry = {...measured, rows: measured.rows.map(row => ({...row, peakMemoryMb: 22_100, stepMs: 4000}))}
  const judged = judgeRows([entry], 'neurips2024').find(({row}) => row.cell === 'n5.g2.lora32')
  const [perf] = judged?.cells ?? []
  const {gsm8k, math} = measured.columns
  const means = [1, 2, 3].map(seed => ((gsm8k.bySeed.get(seed) ?? 0) + (math.bySeed.get(seed) ?? 0)) / 2)
  expect(perf.ours?.mean).toBeCloseTo(means.reduce((a, b) => a + b) / 3, 10)
  const lines = linesOf(13, 'neurips2024', [entry])
  const at = lines.findIndex(([label]) => label === 'LoRA r=32')
  expect(lines[at].slice(1, 5)).toEqual(['paper', '26.2M', '19.06', ''])
  expect(lines[at + 1].slice(1, 5)).toEqual(['ours', '26.2M', '22.10', '4,000'])
})

test('a note names the engine of measured memory and times, as far as there are any', () => {
  const notesOf = (changes: Partial<Row>) => {
    const own = ran('t1.g2.lora32').map(entry => ({...entry, rows: entry.rows.map(row => ({...row, ...changes}))}))
    return paperTables(judgeRows(own, 'neurips2024')).find(({id}) => id === 'table-13')?.notes ?? []
  }
  const printed = 'paper: the peak memory of the GPU, as printed.'
  expect(notesOf({}).filter(note => /^(paper|ours):/.test(note))).toEqual([printed])
  expect(notesOf({stepMs: 4000}).slice(0, 2)).toEqual([
    printed,
    'ours: the peak memory of the process and the time of a step, with onnx float32; not comparable with a GPU.',
  ])
})

test('rows of one label in a table are distinguished by their modules', () => {
  const labels = linesOf(14, 'neurips2024', []).map(([label]) => label)
  expect(labels).toContain('SVFT random d=12 (U,D,O,G)')
  expect(labels).toContain('SVFT random d=12 (Q,K,V,U,D,O,G)')
})
