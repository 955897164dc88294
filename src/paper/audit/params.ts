import {formatCount} from '../../base/pluralize.ts'
import {howPrinted, type Printing, printedLike} from '../printed-counts.ts'
import type {PaperRow} from '../rows.ts'
import {runOf} from '../versions.ts'
import {type CountInterpretation, interpretations} from './count-interpretations.ts'
import type {Counter} from './counts.ts'
import {type CountContext, misprintOrigins} from './misprint-origins.ts'

/** Whether a printed number of parameters follows from the model and the method. */
export interface ParamsVerdict {
  readonly cell: string
  readonly printed: string
  /** The count that the printed number stands for or, if the cell is unexplained, the count that the paper's statements give. */
  readonly computed: number
  /**
   * `reproduced`: follows from the paper or the official code or, if both are silent, from a setting that fits.
   * `convention`: follows only from a way of counting that neither of them states. Otherwise `unexplained`.
   */
  readonly verdict: 'reproduced' | 'convention' | 'unexplained'
  /** How the count was shortened; undefined if the cell is unexplained. */
  readonly printing?: Printing
  readonly reason: string
}

/** Judges every #Params cell of a version's rows by counts from the shapes of models and adapters. */
export const auditParams = (rows: readonly PaperRow[], counter: Counter): ParamsVerdict[] =>
  rows.filter(({params}) => params !== '-').map(row => judge(row, {rows, counter}))

function judge(row: PaperRow, {rows, counter}: CountContext): ParamsVerdict {
  const {cell, params: printed} = row
  const tried: CountInterpretation[] = []
  const contradicted: string[] = []
  for (const interpretation of interpretations(row, counter)) {
    const printing = howPrinted(interpretation.count, printed)
    const other =
      printing && interpretation.verdict === 'convention' ? contradiction(row, interpretation, rows) : undefined
    if (printing && !other) {
      const reason = reasonOf(interpretation, {printed, printing, first: tried[0]})
      return {cell, printed, computed: interpretation.count, verdict: interpretation.verdict, printing, reason}
    }
    if (other) contradicted.push(other)
    tried.push(interpretation)
  }
  const [stated] = tried
  const {count, text} = stated
  const origins = contradicted.length > 0 ? contradicted : misprintOrigins(row, tried, {rows, counter})
  const reason = [`${text}: ${printedLike(count, printed)}`, ...origins].join('; ')
  return {cell, printed, computed: count, verdict: 'unexplained', reason}
}

/** The cell of the same run that prints another count than a convention gives: a convention must explain all of them. */
function contradiction(
  row: PaperRow,
  {count, text}: CountInterpretation,
  rows: readonly PaperRow[],
): string | undefined {
  const other = rows.find(one => runOf(one.cell) === runOf(row.cell) && !howPrinted(count, one.params))
  return other && `${text} gives ${formatCount(count)}, but ${other.cell} prints ${other.params} for the same run`
}

/** Describes the interpretation, how its count was shortened if it was not rounded, and the count of the first interpretation. */
function reasonOf(
  {count, text, open}: CountInterpretation,
  {printed, printing, first}: {printed: string; printing: Printing; first?: CountInterpretation},
) {
  const how = printing === 'rounded' ? '' : `, ${printing}: ${printedLike(count, printed)} if rounded once`
  const instead = first && !open ? `; ${first.text}: ${formatCount(first.count)}` : ''
  return `${text}${how}${instead}`
}
