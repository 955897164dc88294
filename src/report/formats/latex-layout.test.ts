import {expect, test} from 'vitest'
import {left, right, type TableCell} from '../tables/text-table.ts'
import {layOut} from './latex-layout.ts'

const VERDICT = 'indistinguishable, 2 seeds (finds ≥ 5.8 pp)'

/** A table of the paper with the lines of these many methods and columns of scores. */
function paperTable(methods: number, scores: number) {
  const head = [left('Method'), left(''), ...Array.from({length: scores}, (_, i) => right(`task ${i}`))]
  const line = (method: string, kind: string, text: string): TableCell[] =>
    [method, kind, ...Array(scores).fill(text)].map((text, i) => ({text, first: i === 0 && kind === 'paper'}))
  const rows = Array.from({length: methods}, (_, i) => [
    line(`LoRA r=${i}`, 'paper', '72.32'),
    line('', 'ours', '72.2 ± 0.4 [68.5, 75.9]'),
    line('', 'verdict', VERDICT),
  ])
  return {id: 'x', title: 'x', head, rows: rows.flat()}
}

test('a table that fits on a page has plain columns and a single part', () => {
  const table = paperTable(3, 2)
  expect(layOut(table)).toEqual({columns: 'llrr', isSideways: false, parts: [table.rows]})
})

test('long texts of a table too wide are wrapped, and one still too wide is turned sideways', () => {
  expect(layOut(paperTable(3, 4))).toMatchObject({
    columns: `ll${'>{\\raggedleft\\arraybackslash}p{7.9em}'.repeat(4)}`,
    isSideways: false,
  })
  expect(layOut(paperTable(3, 8)).isSideways).toBe(true)
  const lists = [left('Method'), left('Better than'), left('Worse than')]
  const row = ['LoRA r=8', ...Array(2).fill('SVFT plain, '.repeat(9))].map(text => ({text}))
  const {columns} = layOut({id: 'x', title: 'x', head: lists, rows: [row]})
  expect(columns).toBe(`l${'>{\\raggedright\\arraybackslash}p{16.0em}'.repeat(2)}`)
})

test('a table too high for a page is split between methods', () => {
  const table = paperTable(16, 8)
  const {parts} = layOut(table)
  expect(parts.length).toBeGreaterThan(2)
  expect(parts.flat()).toEqual(table.rows)
  for (const [[label]] of parts) expect(label.text).toMatch(/^LoRA/)
})
