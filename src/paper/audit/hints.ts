import {howPrinted, printedLike} from '../printed-counts.ts'
import {PAPER_MODELS, PAPER_ROWS, type PaperModel, type PaperRow} from '../rows.ts'
import type {Counter} from './counts.ts'
import {type RowReading, readings} from './readings.ts'

/** What can be said of a number that no reading gives: where a slip may have come from. Each is found by counting. */
export function hints(row: PaperRow, tried: readonly RowReading[], counter: Counter): string[] {
  const {params: printed} = row
  const found = [
    ...tenfold(tried, printed),
    ...sibling(row, counter),
    ...elsewhere(row),
    ...digit(tried[0].count, printed),
  ]
  return found.length > 0 ? found : [nearest(tried, printed)]
}

function tenfold(tried: readonly RowReading[], printed: string): string[] {
  const slipped = tried.find(({count}) => howPrinted(count * 10, printed) || howPrinted(count / 10, printed))
  return slipped ? [`a slip of the decimal point from ${slipped.count.toLocaleString('en')}: ${slipped.says}`] : []
}

/** The same method on a model of the same architecture. */
function sibling(row: PaperRow, counter: Counter): string[] {
  const others = (Object.keys(PAPER_MODELS) as PaperModel[]).filter(
    model => model !== row.model && counter.modelType(model) === counter.modelType(row.model),
  )
  return others.flatMap(model => {
    const [reading] = readings({...row, model}, counter)
    return howPrinted(reading.count, row.params)
      ? [`it is ${model}'s number, ${reading.count.toLocaleString('en')}`]
      : []
  })
}

function elsewhere(row: PaperRow): string[] {
  const same = PAPER_ROWS.filter(
    ({cell, model, method, params}) =>
      cell !== row.cell &&
      model === row.model &&
      params !== row.params &&
      JSON.stringify(method) === JSON.stringify(row.method),
  )
  return same.map(({cell, params}) => `${cell} prints ${params} for the same`)
}

function digit(count: number, printed: string): string[] {
  const wanted = printedLike(count, printed)
  const differing = [...printed].filter((letter, i) => letter !== wanted[i]).length
  return wanted.length === printed.length && differing === 1 ? ['one digit differs'] : []
}

function nearest(tried: readonly RowReading[], printed: string): string {
  const [stated] = tried
  const value = Number.parseFloat(printed)
  const off = ({count}: RowReading) => Math.abs(Number.parseFloat(printedLike(count, printed)) - value)
  const [best] = [...tried].sort((a, b) => off(a) - off(b))
  const others = `none of ${tried.length} readings gives it`
  return best === stated ? others : `${others}, the nearest being ${printedLike(best.count, printed)}: ${best.says}`
}
