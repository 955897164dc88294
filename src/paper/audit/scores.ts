import {memoize} from '../../base/memoize.ts'
import {formatCount} from '../../base/pluralize.ts'
import {hasScoresOfOtherPattern} from '../differing-rows.ts'
import type {PaperRow} from '../rows.ts'
import {chanceOfFit, fitShare, parseShare, type Shortening, type WrittenShare} from '../score-granularity.ts'
import {isAccuracy, TEST_SETS, type TestSet} from '../test-sets.ts'
import {runOf} from '../versions.ts'

/** Whether a printed accuracy is a whole number of right answers on its test set. */
export interface AccuracyVerdict {
  readonly cell: string
  readonly column: string
  readonly printed: string
  /** The items of the test set. */
  readonly items: number
  /** The number of right answers that gives the printed score or, if none does, the nearest. */
  readonly computed: number
  readonly verdict: Shortening
  /** The probabilities that a random score of as many decimals is a rounded share of the items, and that it fits at all. */
  readonly chanceRounded: number
  readonly chance: number
  readonly reason: string
}

/** Judges every printed accuracy of a version's rows. Correlations, averages and gains are no share of a test set. */
export function auditScores(rows: readonly PaperRow[]): AccuracyVerdict[] {
  const chanceOf = memoize(chanceOfFit, 100) // of each test set and number of decimals
  return rows.flatMap(row =>
    Object.entries(row.printed)
      .filter(([column]) => isAccuracy(column))
      .map(([column, printed]) => {
        const {items} = TEST_SETS[column]
        const share = parseShare(printed)
        const {rounded, truncated} = chanceOf(share.whole, items)
        const {shortening: verdict, count: computed} = fitShare(share, items)
        const reason =
          verdict === 'impossible'
            ? [neighbours(share, items), ...origins(row, column, rows)].join('; ')
            : `${formatCount(computed)} of ${formatCount(items)} is ${percent(computed, items, share)}`
        const chance = rounded + truncated
        return {cell: row.cell, column, printed, items, computed, verdict, chanceRounded: rounded, chance, reason}
      }),
  )
}

/** A share in percent, with one decimal more than the printed score has. */
const percent = (count: number, items: number, {whole}: WrittenShare) =>
  ((100 * count) / items).toFixed(Math.round(Math.log10(whole)) - 1)

/** The shares next to a score that is none: `532 of 1,319 is 40.334, 533 is 40.409`. */
function neighbours(share: WrittenShare, items: number): string {
  const below = Math.min(Math.floor((share.value * items) / share.whole), items - 1)
  const [low, high] = [below, below + 1].map(count => `${formatCount(count)} is ${percent(count, items, share)}`)
  return `of ${formatCount(items)}, ${low} and ${high}`
}

/** Where an impossible score may come from. */
function origins(row: PaperRow, column: string, rows: readonly PaperRow[]): string[] {
  const printed = row.printed[column]
  return [
    ...otherSet(printed, TEST_SETS[column]),
    ...addedZero(printed, TEST_SETS[column]),
    ...rows
      .filter(({cell}) => cell !== row.cell && runOf(cell) === runOf(row.cell))
      .filter(other => other.printed[column] !== undefined && other.scores[column] !== row.scores[column])
      .map(other => `${other.cell} prints ${other.printed[column]} for the same run`),
    ...rows
      .filter(other => hasScoresOfOtherPattern(row, other))
      .map(({cell, method}) => `${cell} prints the same scores for ${method.pattern}`),
  ]
}

function otherSet(printed: string, {other}: TestSet): string[] {
  if (!other) return []
  const {shortening, count} = fitShare(parseShare(printed), other.items)
  if (shortening === 'impossible') return [`none of the ${formatCount(other.items)} of ${other.source} either`]
  return [`${formatCount(count)} of the ${formatCount(other.items)} of ${other.source}, ${shortening}`]
}

/** Whether a score is a share without its last digit, a zero that may have been added. */
function addedZero(printed: string, {items}: TestSet): string[] {
  const shorter = /^(\d+\.\d+)0$/.exec(printed)?.[1]
  if (shorter === undefined) return []
  const {shortening, count} = fitShare(parseShare(shorter), items)
  return shortening === 'impossible' ? [] : [`${shorter} would be ${formatCount(count)}, ${shortening}`]
}
