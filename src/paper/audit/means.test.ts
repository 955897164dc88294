import {expect, test} from 'vitest'
import {PAPER_ROWS} from '../rows.ts'
import {auditMeans} from './means.ts'

/** The verdict on a printed average of these columns, and how it was computed. */
function judged(columns: readonly number[], average: string): string {
  const own = columns.map((score, i) => [`column${i}`, score] as const)
  const row = {
    ...PAPER_ROWS[0],
    printed: {...Object.fromEntries(own.map(([name, score]) => [name, score.toFixed(2)])), average},
    scores: {...Object.fromEntries(own), average: Number(average)},
  }
  const [{verdict, reason}] = auditMeans([row])
  return `${verdict}: ${reason}`
}

test('an average is rounded in either direction, truncated, within the rounding of its columns, or differs', () => {
  expect(judged([1, 3.01], '2.00')).toBe('holds: the mean of its columns')
  expect(judged([1, 3.01], '2.01')).toBe('holds: the mean of its columns')
  expect(judged([1, 2, 3.02], '2.00')).toBe('holds: the mean of its columns, truncated')
  const loose = 'holds: the mean of its columns, within the rounding of its columns'
  expect([judged([1, 3], '1.99'), judged([1, 3], '2.01')]).toEqual([loose, loose])
  expect(judged([1, 3], '1.98')).toMatch(/^differs: /)
})
