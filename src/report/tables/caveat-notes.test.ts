import {expect, test} from 'vitest'
import {paperRows} from '../../../test/support/paper-rows.ts'
import {entriesOf} from '../../../test/support/rows.ts'
import type {PaperVersion} from '../../paper/rows.ts'
import {judgeRows, paperTables} from './paper-tables.ts'

const rows = paperRows([1, 2, 3])
const ran = (...cells: readonly string[]) => rows.filter(row => cells.includes(row.cells?.[0] ?? ''))

/** The notes of a table on what its verdicts compare. */
function notesOf(table: number, some: typeof rows, version: PaperVersion = 'arxiv-v1') {
  const found = paperTables(judgeRows(entriesOf(some), version)).find(({id}) => id === `table-${table}`)
  return found?.notes?.filter(note => /^†|No number|may be means/.test(note))
}

const MISPRINT = '(svft audit): a misprint, or another test set or metric than these verdicts assume.'
const MEANS =
  'may be means over several runs, which vary less than the one run that the verdicts assume: these verdicts may miss deviations.'

test('a note lists the printed scores with a verdict that no number of right answers gives', () => {
  expect(notesOf(1, ran('t1.g2.svft_p', 't1.g2.boft', 't1.g2.lora1'))).toEqual([
    `No number of right answers on the test set gives MATH 12.13 and GSM-8K 40.34 ${MISPRINT}`,
  ])
  expect(notesOf(3, ran('t3.dora4', 't3.svft_p'))).toEqual([
    `No number of right answers on the test set gives MRPC 89.10, 88.77 and RTE 87.24 ${MISPRINT}`,
  ])
  expect(notesOf(1, ran('t1.g2.lora1'))).toEqual([])
})

test('a note names scores that may be means over several runs: those of earlier work, and of the published table of vision', () => {
  expect(notesOf(3, ran('t3.lora8'))).toEqual([`Scores of earlier work (*) ${MEANS}`])
  const head = ran('t9.vb.head')
  expect(notesOf(4, head, 'neurips2024')).toEqual([`Scores of NeurIPS 2024, table 4 ${MEANS}`])
  expect(notesOf(9, head)).toEqual(notesOf(4, head, 'neurips2024')) // which has a verdict on them too
  expect(notesOf(9, ran('t9.vb.dora8'))).toEqual([]) // which NeurIPS 2024 does not print
})

test('runs of another method than the label’s are marked, and a note names their method', () => {
  const dora = ran('t8.lora16').map(row => ({...row, method: 'dora', settings: 'r=16 α=32'}))
  expect(notesOf(8, dora)?.[0]).toBe(
    '† LoRA r=16, Gemma-2B: run as DoRA r=16; svft conflicts lists the wrong labels of the paper.',
  )
  const [table] = paperTables(judgeRows(entriesOf(dora), 'arxiv-v1'))
  expect(table.rows.flatMap(cells => cells.map(({text}) => text)).filter(text => text.startsWith('ours'))).toEqual([
    'ours †',
  ])
})
