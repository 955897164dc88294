import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {PUBLISHED_ROWS} from '../src/paper/published-rows.ts'
import {PAPER_ROWS, type PaperRow} from '../src/paper/rows.ts'
import {paperRow, tableNames} from '../src/paper/versions.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/VERSIONS.md'), 'utf8')

const count = (rows: readonly PaperRow[]) => {
  const [same, changed] = [rows.filter(({sameAs}) => sameAs).length, rows.filter(({changedFrom}) => changedFrom).length]
  return {rows: rows.length, same, changed, new: rows.length - same - changed}
}

test('docs/VERSIONS.md counts the rows of both versions', () => {
  const all = count(PUBLISHED_ROWS)
  expect(page).toMatch(new RegExp(`: ${PAPER_ROWS.length} rows of the preprint, [^:]* and\\s${all.rows}\\srows of`))
  expect(page).toContain(
    `${all.same} print the same #Params and scores as a row of the preprint, ${all.changed} print other values, and ${all.new} are new`,
  )
})

test('its table has the counts of every published table', () => {
  const lines = [...page.matchAll(/^\| (\d+) \|.*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)]
  const counted = tableNames('neurips2024').map(table => {
    const {rows, same, changed, new: added} = count(PUBLISHED_ROWS.filter(row => row.table === Number(table)))
    return [table, rows, same, changed, added].map(String)
  })
  expect(lines.map(([, ...cells]) => cells)).toEqual(counted)
})

test('the contradictions that it names are printed', () => {
  const scores = (cell: string) => Object.values(paperRow(cell)?.printed ?? {}).join(' / ')
  expect(['n1.g7.svft_r16', 'n7.g7.banded16', 't1.g7.svft_r16'].map(scores)).toEqual(Array(3).fill('76.81 / 29.98'))
  expect(scores('n7.g7.random16')).toBe('76.35 / 29.86')
  expect(['n10.l8.svft_r24', 'n14.svft_b24'].map(scores)).toEqual(['75.32 / 25.08', '75.32 / 25.08'])
  expect(['n1.l8.svft_p', 'n14.svft_p'].map(scores)).toEqual(['69.22 / 20.44', '69.22 / 20.44'])
  expect(['n10.g2.lora4', 'n13.lora4'].map(cell => paperRow(cell)?.printed.gsm8k)).toEqual(['40.60', '40.63'])
  expect(['n10.g2.svft_r12', 'n13.svft_r12'].map(cell => paperRow(cell)?.printed.gsm8k)).toEqual(['47.41', '47.61'])
})
