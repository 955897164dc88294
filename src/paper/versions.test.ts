import {expect, test} from 'vitest'
import {PAPER_POINTS} from './points.ts'
import {PUBLISHED_ROWS} from './published-rows.ts'
import type {PaperRow} from './rows.ts'
import {
  counterparts,
  isSameRun,
  PAPER_CELLS,
  PAPER_VERSIONS,
  paperPoints,
  paperRow,
  paperRows,
  runOf,
} from './versions.ts'

const row = (cell: string): PaperRow => {
  const found = paperRow(cell)
  if (!found) throw new Error(`no row ${cell}`)
  return found
}

test('of the 130 published rows 77 print the same as arXiv v1, 17 another value, and 36 are new', () => {
  expect(PUBLISHED_ROWS).toHaveLength(130)
  expect(new Set(PUBLISHED_ROWS.map(({cell}) => cell)).size).toBe(130)
  const same = PUBLISHED_ROWS.filter(({sameAs}) => sameAs)
  const changed = PUBLISHED_ROWS.filter(({changedFrom}) => changedFrom)
  expect([same.length, changed.length]).toEqual([77, 17])
  const tables = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14]
  const lengths = tables.map(table => PUBLISHED_ROWS.filter(row => row.table === table).length)
  expect(lengths).toEqual([27, 8, 8, 14, 14, 3, 12, 5, 10, 9, 4, 8, 8])
  expect(PUBLISHED_ROWS.filter(({params}) => params !== '-')).toHaveLength(128)
  expect(PUBLISHED_ROWS.filter(({memoryGb}) => memoryGb)).toHaveLength(30)
})

test('a row that prints the same as one of arXiv v1 has its model, #Params and scores, and every other row differs', () => {
  for (const row of PUBLISHED_ROWS) {
    const [v1] = counterparts(row)
    if (!v1) continue
    const equal = v1.params === row.params && JSON.stringify(v1.scores) === JSON.stringify(row.scores)
    expect([row.cell, equal]).toEqual([row.cell, row.sameAs !== undefined])
    expect(row.model).toBe(v1.model)
    expect(row.method.method).toBe(v1.method.method)
  }
})

test('every relation is to a cell that exists, of the same model', () => {
  for (const {cell, model, sameRun} of PUBLISHED_ROWS) {
    if (sameRun === undefined) continue
    expect(PAPER_CELLS, cell).toContain(sameRun)
    expect(runOf(sameRun), cell).toBe(sameRun)
    if (sameRun.startsWith('f')) continue
    expect(row(sameRun).model, cell).toBe(model)
  }
})

test('the rows of a version have its name, and cells that begin with its letter', () => {
  for (const version of ['arxiv-v1', 'neurips2024'] as const) {
    const {letter} = PAPER_VERSIONS[version]
    expect(paperRows(version).every(row => row.version === version && row.cell.startsWith(letter))).toBe(true)
  }
})

test('printed decimals, modules and memory are kept', () => {
  expect(row('n1.g7.lora1').printed).toEqual({gsm8k: '72.4', math: '26.28'})
  expect(row('n13.lora4')).toMatchObject({
    version: 'neurips2024',
    table: 13,
    method: {method: 'lora', rank: 4},
    params: '3.28M',
    modules: 'QKVUD',
    memoryGb: 18.88,
    printed: {math: '14.5'},
  })
  expect(row('n9.svf_7')).toMatchObject({method: {method: 'svf'}, modules: 'QKVUDOG', params: '194K'})
  expect(row('n7.l8.topk16').method).toEqual({method: 'svft', pattern: 'topk'})
})

test('both versions print the same run by several cells', () => {
  expect(isSameRun(['t1.g7.svft_r16'], 'n7.g7.random16')).toBe(true) // 76.81 in table 1, 76.35 in table 7
  expect(isSameRun(['n10.g2.lora4'], 'n13.lora4')).toBe(true)
  expect(isSameRun(['t9.vb.head'], 'n4.vb.head')).toBe(true)
  expect(isSameRun(['t9.vb.lora8'], 'n4.vb.lora8')).toBe(false) // other modules
  expect(isSameRun(['n7.g7.banded16'], 'n1.g7.svft_r16')).toBe(false) // the same scores, another pattern
  expect(counterparts(row('t9.vb.lora8')).map(({cell}) => cell)).toEqual(['n4.vb.lora8'])
  expect(counterparts(row('t1.g2.svft_p')).map(({cell}) => cell)).toEqual(['n1.g2.svft_p', 'n9.svft_p_7', 'n13.svft_p'])
})

test('a point of a figure has the cell that its version prints', () => {
  expect(paperPoints('arxiv-v1')).toEqual(PAPER_POINTS)
  const published = paperPoints('neurips2024')
  const cellOf = (cell: string) => published[PAPER_POINTS.findIndex(point => point.cell === cell)].cell
  expect(cellOf('t1.g2.fft')).toBe('n1.g2.fft')
  expect(cellOf('t5.banded16')).toBe('n7.g2.banded16')
  expect(cellOf('f5.llama-3-8b.lora4')).toBe('n10.l8.lora4')
  expect(cellOf('f4.qkvud.plain')).toBe('n9.svft_p_5')
  expect(cellOf('t5.banded8')).toBe('t5.banded8') // arXiv v1 alone prints it
  expect(published.every(({cell}) => PAPER_CELLS.includes(cell))).toBe(true)
})
