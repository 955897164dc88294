import {howPrinted, type Printing, printedLike} from '../printed-counts.ts'
import {PAPER_ROWS, type PaperRow} from '../rows.ts'
import {type Counter, openCounter} from './counts.ts'
import {hints} from './hints.ts'
import {type RowReading, readings} from './readings.ts'

/** Whether a printed number of parameters follows from the model and the method. */
export interface AuditVerdict {
  readonly cell: string
  readonly printed: string
  /** The count that the verdict speaks of: it is printed so, unless it is unexplained. */
  readonly computed: number
  /**
   * `reproduced` by what the paper or the official code says, or, where both are silent, by a choice that fits;
   * `convention`: only by counting otherwise than either says; else `unexplained`.
   */
  readonly verdict: 'reproduced' | 'convention' | 'unexplained'
  readonly reason: string
}

/** Judges every printed #Params cell of the paper. All counts follow from the shapes of models and adapters. */
export async function audit(): Promise<AuditVerdict[]> {
  const counter = await openCounter()
  return PAPER_ROWS.filter(({params}) => params !== '-').map(row => judge(row, counter))
}

function judge(row: PaperRow, counter: Counter): AuditVerdict {
  const {cell, params: printed} = row
  const tried: RowReading[] = []
  for (const reading of readings(row, counter)) {
    const way = howPrinted(reading.count, printed)
    if (way) {
      const reason = reasonOf(reading, {printed, way, first: tried[0]})
      return {cell, printed, computed: reading.count, verdict: reading.verdict, reason}
    }
    tried.push(reading)
  }
  const [stated] = tried
  const {count, says} = stated
  const reason = [`${says}: ${printedLike(count, printed)}`, ...hints(row, tried, counter)].join('; ')
  return {cell, printed, computed: count, verdict: 'unexplained', reason}
}

/** What the reading is; how the number came from it, where not by rounding; and what the first reading gives instead. */
function reasonOf(
  {count, says, open}: RowReading,
  {printed, way, first}: {printed: string; way: Printing; first?: RowReading},
) {
  const how = way === 'rounded' ? '' : `, ${way}: ${printedLike(count, printed)} rounded`
  const instead = first && !open ? `; ${first.says}: ${first.count.toLocaleString('en')}` : ''
  return `${says}${how}${instead}`
}
