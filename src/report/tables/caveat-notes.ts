import {compact, groupBy} from '../../base/collections.ts'
import {PAPER_MODELS, type PaperRow} from '../../paper/rows.ts'
import {isImpossible, mayBeMeans} from '../../paper/score-caveats.ts'
import {columnTitle} from '../../paper/test-sets.ts'
import {PAPER_VERSIONS, paperRow} from '../../paper/versions.ts'
import {paperLabel} from './labels.ts'
import {isJudged, type PaperCell} from './paper-cells.ts'

/** A row with what its verdicts compare. */
interface ComparedRow {
  readonly row: PaperRow
  /** The overrides of the runs. */
  readonly set?: string | undefined
  /** The method of the runs, if the label of the row has another one. */
  readonly ranAs?: string | undefined
  readonly cells: readonly PaperCell[]
  /** The rows that contradict it, with their cells. */
  readonly others: readonly {readonly cells: readonly PaperCell[]}[]
}

/**
 * Notes on verdicts of a table that compare unlike things: runs with overrides or of another method than the label's, printed
 * scores that no number of right answers gives, and such as may be means over several runs.
 */
export function caveatNotes(rows: readonly ComparedRow[]): string[] {
  const printed = rows
    .flatMap(({cells, others}) => [...cells, ...others.flatMap(({cells}) => cells)])
    .filter(isJudged)
    .flatMap(({cell, column}) => {
      const row = paperRow(cell)
      return row ? [{row, column}] : []
    })
  const impossible = printed.filter(({row, column}) => isImpossible(row, column))
  const means = printed.filter(({row}) => mayBeMeans(row))
  return compact([
    ...rows.flatMap(runNotes),
    impossible.length > 0 &&
      `No number of right answers on the test set gives ${scoresText(impossible)} (svft audit): a misprint, or another test set or metric than these verdicts assume.`,
    means.length > 0 &&
      `Scores of ${sourcesText(means)} may be means over several runs, which vary less than the one run that the verdicts assume: these verdicts may miss deviations.`,
  ])
}

/** Whether our runs are not what the label of a row says. */
export const isUnlike = ({set, ranAs}: Pick<ComparedRow, 'set' | 'ranAs'>): boolean =>
  set !== undefined || ranAs !== undefined

function runNotes({row: {method, model}, set, ranAs}: ComparedRow): string[] {
  const label = `† ${paperLabel(method)}, ${PAPER_MODELS[model].title}`
  return compact([
    set !== undefined && `${label}: run with overrides: ${set}.`,
    ranAs !== undefined && `${label}: run as ${ranAs}; svft conflicts lists the wrong labels of the paper.`,
  ])
}

interface PrintedScore {
  readonly row: PaperRow
  readonly column: string
}

/** `GSM-8K 40.34, 73.50 and MATH 12.13`. */
const scoresText = (scores: readonly PrintedScore[]): string =>
  [...groupBy(scores, ({column}) => column)]
    .map(([column, all]) => {
      const values = new Set(all.map(({row}) => row.printed[column]))
      return `${columnTitle(column)} ${[...values].join(', ')}`
    })
    .join(' and ')

/** `earlier work (*)`, `NeurIPS 2024, table 4`. */
const sourcesText = (scores: readonly PrintedScore[]): string =>
  [
    ...new Set(
      scores.map(({row: {method, version, table}}) =>
        method.prior ? 'earlier work (*)' : `${PAPER_VERSIONS[version].title}, table ${table}`,
      ),
    ),
  ].join(' and of ')
