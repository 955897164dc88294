import {expect, test} from 'vitest'
import {TEST_SETS} from '../test-sets.ts'
import {paperRows} from '../versions.ts'
import {type AccuracyVerdict, auditScores} from './scores.ts'

const preprint = auditScores(paperRows('arxiv-v1'))
const published = auditScores(paperRows('neurips2024'))
const of = (cell: string, column: string) =>
  [...preprint, ...published].find(one => one.cell === cell && one.column === column)

/** The numbers of rounded, truncated and impossible scores of a test set, in the tables whose cells begin so. */
function count(scores: readonly AccuracyVerdict[], column: string, start = ''): number[] {
  const own = scores.filter(one => one.column === column && one.cell.startsWith(start))
  return (['rounded', 'truncated', 'impossible'] as const).map(
    verdict => own.filter(one => one.verdict === verdict).length,
  )
}

test('correlations, averages and gains are no shares of a test set', () => {
  const columns = new Set([...preprint, ...published].map(({column}) => column))
  for (const column of ['cola', 'stsb', 'average', 'gain', 'perf']) expect(columns.has(column), column).toBe(false)
  expect(columns.size).toBe(Object.values(TEST_SETS).filter(({metric}) => metric === undefined).length)
})

test('of 74 published MATH scores 72 are shares of 5,000, of 74 GSM-8K scores 59 shares of 1,319', () => {
  expect(count(published, 'math')).toEqual([72, 0, 2])
  expect(count(published, 'gsm8k')).toEqual([34, 25, 15])
  expect(count(published, 'step39000').concat(count(published, 'step143000'))).toEqual([2, 1, 0, 1, 2, 0])
})

test('no MRPC score of the authors is a share of 408, and four of five are shares of 1,725', () => {
  expect(count(published, 'mrpc')).toEqual([3, 0, 5])
  const own = published.filter(({cell, column}) => column === 'mrpc' && !/fft|lora8|boft/.test(cell))
  expect(own.map(({verdict, reason}) => [verdict, /(rounded|either)$/.exec(reason)?.[1]])).toEqual([
    ['impossible', 'rounded'],
    ['impossible', 'rounded'],
    ['impossible', 'rounded'],
    ['impossible', 'either'],
    ['impossible', 'rounded'],
  ])
})

test('vision scores of arXiv v1 are rounded shares, the published ones are as often as chance has it', () => {
  expect(count(preprint, 'resisc45', 't9.')).toEqual([26, 0, 0])
  expect(count(preprint, 'flowers102', 't9.')).toEqual([25, 1, 0])
  expect(count(published, 'resisc45')).toEqual([6, 7, 1])
  expect(count(published, 'flowers102')).toEqual([9, 4, 1])
  expect(14 * (of('n4.vb.fft', 'resisc45')?.chanceRounded ?? 0)).toBeCloseTo(8.8, 1)
  expect(14 * (of('n4.vb.fft', 'flowers102')?.chanceRounded ?? 0)).toBeCloseTo(8.6, 1)
})

test.each([
  ['t1.g2.boft', 'math', 'impossible', 607, 'of 5,000, 606 is 12.120 and 607 is 12.140'],
  ['n12.r128d64', 'math', 'impossible', 11, 'of 5,000, 10 is 0.200 and 11 is 0.220'],
  ['n10.g2.svft_r12', 'gsm8k', 'impossible', 625, 'n13.svft_r12 prints 47.61 for the same run'],
  ['n10.g2.lora4', 'gsm8k', 'impossible', 536, '40.6 would be 536, rounded; n13.lora4 prints 40.63 for the same run'],
  ['n1.g7.svft_r16', 'gsm8k', 'impossible', 1013, 'n7.g7.random16 prints 76.35 for the same run'],
  ['n1.g7.svft_r16', 'gsm8k', 'impossible', 1013, 'n7.g7.banded16 prints the same scores for banded'],
  ['n7.g7.banded16', 'gsm8k', 'impossible', 1013, 'n1.g7.svft_r16 prints the same scores for random'],
  ['n10.l8.svft_r24', 'gsm8k', 'impossible', 993, 'n14.svft_b24 prints the same scores for banded'],
  ['n13.lora4', 'gsm8k', 'truncated', 536, '536 of 1,319 is 40.637'],
  ['n13.svft_r12', 'gsm8k', 'rounded', 628, '628 of 1,319 is 47.612'],
  ['t1.g7.lora1', 'gsm8k', 'rounded', 955, '955 of 1,319 is 72.40'],
  ['t8.fft', 'obqa', 'rounded', 345, '345 of 500 is 69.0'],
])('%s, %s: %s, %i, %s', (cell, column, verdict, computed, reason) => {
  expect(of(cell, column)).toMatchObject({verdict, computed, reason: expect.stringContaining(reason)})
})

test('a score with fewer decimals fits by chance more often', () => {
  expect(of('t1.g7.lora1', 'gsm8k')?.chance).toBe(1)
  expect(of('t1.g7.svft_p', 'gsm8k')?.chance).toBeCloseTo(0.198, 3)
})
