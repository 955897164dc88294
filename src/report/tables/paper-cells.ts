import {groupBy} from '../../base/collections.ts'
import type {PaperRow} from '../../paper/rows.ts'
import {publishedScore} from '../../paper/score-parts.ts'
import {type Estimate, estimate} from '../../statistics/estimate.ts'
import {detectableDifference} from '../../statistics/power.ts'
import type {SeedVariance} from '../../statistics/seed-variance.ts'
import {ALPHA, errorVariance, type JudgedScore, judge, type Verdict} from '../../statistics/verdict.ts'
import {type Measurement, partialPart} from './measurements.ts'

/** A printed score of the paper, and how ours compares with it. */
export interface PaperCell {
  readonly cell: string
  readonly column: string
  /** 0 to 1, though the paper prints it × 100. */
  readonly printed: number
  readonly verdict: Verdict
  readonly ours?: Estimate
  /** The judgement; undefined if the verdict is `incomplete`. */
  readonly judged?: JudgedScore
  /** The minimum detectable difference, with seeds that vary as ours do; undefined if `judged` is. */
  readonly detectable?: number
  /** Why the verdict is `incomplete`. */
  readonly lacks?: string
  /** The names of our scores that it is compared with; several tables may print the same score. */
  readonly measurement?: string
}

export interface JudgedCell extends PaperCell {
  readonly judged: JudgedScore
  readonly detectable: number
}

/** Judges one score of a row; `pooled` is the variance between seeds in the column, over all rows of the table and model. */
export function judgeCell(
  row: PaperRow,
  column: string,
  {measurement, pooled}: {readonly measurement: Measurement; readonly pooled: SeedVariance},
): PaperCell {
  const {parts, measured, name, scores} = measurement
  const printed = row.scores[column] / 100
  const known = {cell: row.cell, column, printed}
  const incomplete = (lacks: string, ours?: Estimate): PaperCell => ({...known, verdict: 'incomplete', ours, lacks})
  const missing = parts.length - measured.length
  if (missing > 0) return incomplete(parts.length === 1 ? 'not run' : `${missing} of ${parts.length} columns not run`)
  if (!scores) return incomplete('no seed was run in all columns')
  const ours = estimate(scores)
  const partial = partialPart(measurement)
  if (partial) return incomplete(`${partial.n} of ${partial.items} items`, ours)
  const published = publishedScore(row, column)
  const judged = judge(published, scores, pooled)
  return {
    ...known,
    verdict: judged.verdict,
    ours,
    judged,
    detectable: detectableDifference(errorVariance(published, scores, pooled), ALPHA),
    measurement: name,
  }
}

/**
 * Cells of several tables that compare the same scores of ours with the same printed score are one comparison: they share
 * the verdict of the first of the tables with the most degrees of freedom for the variance between seeds.
 */
export function shareVerdicts(cells: readonly PaperCell[]): PaperCell[] {
  const best = new Map([...comparisons(cells)].map(([key, alike]) => [key, alike.toSorted(byDegrees)[0]]))
  return cells.map(cell => {
    const {judged, verdict, detectable} = best.get(comparisonOf(cell)) ?? cell
    return judged ? {...cell, judged, verdict, detectable} : cell
  })
}

/** One cell of each comparison, without the cells that have no verdict. */
export const distinctComparisons = (cells: readonly PaperCell[]): JudgedCell[] =>
  [...comparisons(cells).values()].map(([one]) => one)

/** The numbers of comparisons with each verdict, and of cells without one. */
export function countVerdicts(cells: readonly PaperCell[]): Readonly<Record<Verdict, number>> {
  const compared = distinctComparisons(cells)
  const countOf = (verdict: Verdict) => compared.filter(one => one.verdict === verdict).length
  return {
    reproduced: countOf('reproduced'),
    indistinguishable: countOf('indistinguishable'),
    deviates: countOf('deviates'),
    incomplete: cells.filter(({verdict}) => verdict === 'incomplete').length,
  }
}

const comparisons = (cells: readonly PaperCell[]) => groupBy(cells.filter(isJudged), comparisonOf)

export const isJudged = (cell: PaperCell): cell is JudgedCell =>
  cell.judged !== undefined && cell.detectable !== undefined

const comparisonOf = ({measurement, printed}: PaperCell) => `${measurement} ${printed}`

const byDegrees = (a: JudgedCell, b: JudgedCell) => b.judged.degrees - a.judged.degrees
