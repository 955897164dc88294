import {formatCount} from '../../base/pluralize.ts'
import {howPrinted, printedLike} from '../printed-counts.ts'
import {PAPER_MODELS, type PaperModel, type PaperRow} from '../rows.ts'
import type {Counter} from './counts.ts'
import {type RowReading, readings} from './readings.ts'

/** Describes possible origins of a printed count that no reading gives. */
export function hints(
  row: PaperRow,
  tried: readonly RowReading[],
  {rows, counter}: {readonly rows: readonly PaperRow[]; readonly counter: Counter},
): string[] {
  const {params: printed} = row
  const found = [
    ...misplacedPoint(tried, printed),
    ...countOfSibling(row, counter),
    ...otherCells(row, rows),
    ...wrongDigit(tried[0].count, printed),
  ]
  return found.length > 0 ? found : [nearestReading(tried, printed)]
}

function misplacedPoint(tried: readonly RowReading[], printed: string): string[] {
  const slipped = tried.find(({count}) => howPrinted(count * 10, printed) || howPrinted(count / 10, printed))
  return slipped ? [`a misplaced decimal point of ${formatCount(slipped.count)}: ${slipped.text}`] : []
}

/** Compares the count of the same method on other models of the architecture. */
function countOfSibling(row: PaperRow, counter: Counter): string[] {
  const others = (Object.keys(PAPER_MODELS) as PaperModel[]).filter(
    model => model !== row.model && counter.modelType(model) === counter.modelType(row.model),
  )
  return others.flatMap(model => {
    const [reading] = readings({...row, model}, counter)
    return howPrinted(reading.count, row.params) ? [`it is ${model}'s count, ${formatCount(reading.count)}`] : []
  })
}

function otherCells(row: PaperRow, rows: readonly PaperRow[]): string[] {
  const same = rows.filter(
    ({cell, model, method, params}) =>
      cell !== row.cell &&
      model === row.model &&
      params !== row.params &&
      JSON.stringify(method) === JSON.stringify(row.method),
  )
  return same.map(({cell, params}) => `${cell} prints ${params} for the same method`)
}

function wrongDigit(count: number, printed: string): string[] {
  const computed = printedLike(count, printed)
  const differing = [...printed].filter((letter, i) => letter !== computed[i]).length
  return computed.length === printed.length && differing === 1 ? ['one digit differs'] : []
}

function nearestReading(tried: readonly RowReading[], printed: string): string {
  const [stated] = tried
  const value = Number.parseFloat(printed)
  const distance = ({count}: RowReading) => Math.abs(Number.parseFloat(printedLike(count, printed)) - value)
  const [best] = [...tried].sort((a, b) => distance(a) - distance(b))
  const others = `none of ${tried.length} readings matches`
  return best === stated ? others : `${others}, the closest is ${printedLike(best.count, printed)}: ${best.text}`
}
