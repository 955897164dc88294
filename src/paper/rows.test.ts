import {expect, test} from 'vitest'
import {PAPER_ROWS} from './rows.ts'

const row = (cell: string) => PAPER_ROWS.find(row => row.cell === cell)

test('every row of the tables of results occurs once, 110 of 114 with a number of parameters', () => {
  expect(PAPER_ROWS).toHaveLength(114)
  expect(new Set(PAPER_ROWS.map(({cell}) => cell)).size).toBe(114)
  expect(PAPER_ROWS.filter(({params}) => params === '-').map(({method}) => method)).toEqual(
    Array.from({length: 4}, () => ({method: 'head'})),
  )
  const lengths = [1, 2, 3, 4, 5, 6, 8, 9, 10].map(n => PAPER_ROWS.filter(({table}) => table === n).length)
  expect(lengths).toEqual([27, 8, 8, 22, 7, 3, 9, 26, 4])
})

test('labels are parsed as settings of a recipe', () => {
  expect(row('t1.g2.lora32')?.method).toEqual({method: 'lora', rank: 32})
  expect(row('t9.vl.boft44')?.method).toEqual({method: 'boft', b: 4, m: 4})
  expect(row('t10.r128d64')?.method).toEqual({method: 'svft', pattern: 'banded', rank: 128, diagonals: 64})
  expect(row('t5.topk8')?.method).toEqual({method: 'svft', pattern: 'topk'})
  expect(row('t3.boft')?.method).toEqual({method: 'boft', b: 8, m: 2, prior: true})
})

test('each score belongs to its dataset, and averages match their row', () => {
  expect(row('t1.g2.svft_p')).toMatchObject({model: 'gemma-2b', params: '0.19M', scores: {gsm8k: 40.34, math: 14.38}})
  expect(row('t6.fft')?.scores).toEqual({step39000: 21, step143000: 30.09, gain: 9.09})
  for (const {cell, scores} of PAPER_ROWS) {
    const {average, ...others} = scores
    expect(Object.values(others).every(Number.isFinite), cell).toBe(true)
    if (average === undefined) continue
    const sum = Object.values(others).reduce((a, b) => a + b)
    expect(sum / Object.keys(others).length, cell).toBeCloseTo(average, 1)
  }
})
