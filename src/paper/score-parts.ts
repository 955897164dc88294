import {sum} from '../base/collections.ts'
import {itemVariance} from '../statistics/item-variance.ts'
import type {PublishedScore} from '../statistics/verdict.ts'
import type {PaperRow} from './rows.ts'
import {TEST_SETS, type TestSet} from './test-sets.ts'
import {ALL_ROWS, isSameRun} from './versions.ts'

/** A test set that counts with a weight: an average is the weighted sum of its columns. */
export interface WeightedPart extends TestSet {
  readonly column: string
  readonly weight: number
}

/** The test sets that a column of a row is computed from. */
export function weightedParts({scores}: Pick<PaperRow, 'scores'>, column: string): WeightedPart[] {
  const part = (name: string, weight: number) => ({column: name, weight, ...TEST_SETS[name]})
  if (column === 'gain') return [part('step143000', 1), part('step39000', -1)]
  if (column === 'perf') return [part('gsm8k', 1 / 2), part('math', 1 / 2)]
  if (column !== 'average') return [part(column, 1)]
  const names = Object.keys(scores).filter(name => name !== 'average')
  return names.map(name => part(name, 1 / names.length))
}

/** The printed score in a column, 0 to 1, with the sampling error of the test sets behind it. */
export function publishedScore(row: PaperRow, column: string): PublishedScore {
  const scores = printedScores(row)
  const printed = row.scores[column]
  const variances = weightedParts(row, column).map(
    ({column, weight, items, metric}) => weight ** 2 * itemVariance((scores[column] ?? printed) / 100, items, metric),
  )
  return {score: printed / 100, itemVariance: sum(variances)}
}

/** The printed scores of a row; a mean of GSM-8K and MATH with those of the same run in another row, if one prints them. */
function printedScores({cell, scores}: PaperRow): PaperRow['scores'] {
  if (!('perf' in scores)) return scores
  return {...ALL_ROWS.find(other => 'math' in other.scores && isSameRun([other.cell], cell))?.scores, ...scores}
}
