import {sum} from '../../base/collections.ts'
import type {PaperRow} from '../rows.ts'
import {runOf} from '../versions.ts'

/** Whether a score that a table computes from others follows from the printed ones. */
export interface MeanVerdict {
  readonly cell: string
  readonly column: string
  readonly printed: string
  /** The value from the printed scores; undefined if the version does not print them. */
  readonly computed?: number
  readonly verdict: 'holds' | 'differs' | 'not checkable'
  readonly reason: string
}

/** Judges the columns of a version's rows that are computed from others: averages, the gain of table 6, and `perf` of table 5. */
export const auditMeans = (rows: readonly PaperRow[]): MeanVerdict[] =>
  rows.flatMap(row => Object.keys(row.printed).flatMap(column => judge(row, {column, rows}) ?? []))

interface MeanColumn {
  readonly column: string
  /** All rows of the version. */
  readonly rows: readonly PaperRow[]
}

function judge(row: PaperRow, {column, rows}: MeanColumn): MeanVerdict | undefined {
  const found = sources(row, {column, rows})
  if (!found) return undefined
  const {
    cell,
    printed: {[column]: printed},
  } = row
  const known = {cell, column, printed}
  if (found.length === 0)
    return {...known, verdict: 'not checkable', reason: 'no table prints the scores that it is the mean of'}
  const judged = found.map(source => ({...source, how: howComputed(source, printed)}))
  const [best, ...others] = judged.toSorted((a, b) => HOW.indexOf(a.how) - HOW.indexOf(b.how))
  const differing = others.filter(({sum, parts}) => sum * best.parts !== best.sum * parts)
  const reason = [
    best.how === undefined || best.how === 'rounded' ? best.text : `${best.text}, ${best.how}`,
    ...differing.map(other => `${other.text}: ${shown(quotient(other))}`),
  ].join('; ')
  return {...known, computed: quotient(best), verdict: best.how ? 'holds' : 'differs', reason}
}

/** A weighted sum of printed scores: `sum` in hundredths of a percent over the number of parts. */
interface ScoreSum {
  readonly sum: number
  readonly parts: number
  readonly text: string
}

/** The sums that a computed column may stand for; undefined if the column is none. */
function sources(row: PaperRow, {column, rows}: MeanColumn): ScoreSum[] | undefined {
  const {average: _, ...others} = row.scores
  if (column === 'average') return [meanOf(Object.values(others), 'the mean of its columns')]
  if (column === 'gain') {
    const sum = hundredths(row.scores.step143000) - hundredths(row.scores.step39000)
    return [{sum, parts: 1, text: 'the difference of its columns'}]
  }
  if (column !== 'perf') return undefined
  return rows
    .filter(({cell, scores: {gsm8k}}) => runOf(cell) === runOf(row.cell) && gsm8k !== undefined)
    .map(({cell, scores: {gsm8k, math}}) => meanOf([gsm8k, math], `the mean of ${cell}`))
}

const meanOf = (scores: readonly number[], text: string): ScoreSum => ({
  sum: sum(scores.map(hundredths)),
  parts: scores.length,
  text,
})

const hundredths = (score: number) => Math.round(score * 100)

const quotient = ({sum, parts}: ScoreSum) => sum / (100 * parts)

const shown = (value: number) => String(Number(value.toFixed(4)))

/** From the best fit to none. */
const HOW = ['rounded', 'truncated', 'within the rounding of its columns', undefined] as const

/** How the sum gives a score of two decimals; columns that were rounded themselves move it by up to a hundredth. */
function howComputed({sum, parts}: ScoreSum, printed: string): (typeof HOW)[number] {
  const excess = sum - hundredths(Number(printed)) * parts
  if (2 * Math.abs(excess) <= parts) return 'rounded'
  if (excess >= 0 && excess < parts) return 'truncated'
  return Math.abs(excess) <= parts ? 'within the rounding of its columns' : undefined
}
