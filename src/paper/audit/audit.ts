import {formatCount} from '../../base/pluralize.ts'
import {howPrinted, type Printing, printedLike} from '../printed-counts.ts'
import {PAPER_ROWS, type PaperRow} from '../rows.ts'
import {type Counter, openCounter} from './counts.ts'
import {hints} from './hints.ts'
import {type RowReading, readings} from './readings.ts'

/** Whether a printed number of parameters follows from the model and the method. */
export interface AuditVerdict {
  readonly cell: string
  readonly printed: string
  /** The count that the printed number stands for or, if the cell is unexplained, the count that the paper's statements give. */
  readonly computed: number
  /**
   * `reproduced`: follows from the paper or the official code or, if both are silent, from a setting that fits.
   * `convention`: follows only from a way of counting that neither of them states. Otherwise `unexplained`.
   */
  readonly verdict: 'reproduced' | 'convention' | 'unexplained'
  readonly reason: string
}

/** Judges every printed #Params cell of the paper by counts from the shapes of models and adapters. */
export async function audit(): Promise<AuditVerdict[]> {
  const counter = await openCounter()
  return PAPER_ROWS.filter(({params}) => params !== '-').map(row => judge(row, counter))
}

function judge(row: PaperRow, counter: Counter): AuditVerdict {
  const {cell, params: printed} = row
  const tried: RowReading[] = []
  for (const reading of readings(row, counter)) {
    const printing = howPrinted(reading.count, printed)
    if (printing) {
      const reason = reasonOf(reading, {printed, printing, first: tried[0]})
      return {cell, printed, computed: reading.count, verdict: reading.verdict, reason}
    }
    tried.push(reading)
  }
  const [stated] = tried
  const {count, text} = stated
  const reason = [`${text}: ${printedLike(count, printed)}`, ...hints(row, tried, counter)].join('; ')
  return {cell, printed, computed: count, verdict: 'unexplained', reason}
}

/** Describes the reading, how its count was shortened if it was not rounded, and the count of the first reading. */
function reasonOf(
  {count, text, open}: RowReading,
  {printed, printing, first}: {printed: string; printing: Printing; first?: RowReading},
) {
  const how = printing === 'rounded' ? '' : `, ${printing}: ${printedLike(count, printed)} if rounded once`
  const instead = first && !open ? `; ${first.text}: ${formatCount(first.count)}` : ''
  return `${text}${how}${instead}`
}
