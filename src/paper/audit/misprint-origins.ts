import {formatCount} from '../../base/pluralize.ts'
import {howPrinted, printedLike} from '../printed-counts.ts'
import {PAPER_MODELS, type PaperModel, type PaperRow} from '../rows.ts'
import {type CountInterpretation, interpretations} from './count-interpretations.ts'
import type {Counter} from './counts.ts'

export interface CountContext {
  /** All rows of the version. */
  readonly rows: readonly PaperRow[]
  readonly counter: Counter
}

/** Describes possible origins of a printed count that no interpretation gives. */
export function misprintOrigins(
  row: PaperRow,
  tried: readonly CountInterpretation[],
  {rows, counter}: CountContext,
): string[] {
  const {params: printed} = row
  const found = [
    ...misplacedPoint(tried, printed),
    ...countOfSibling(row, counter),
    ...countOfNeighbour(row, {rows, counter}),
    ...otherCells(row, rows),
    ...wrongDigit(tried[0].count, printed),
  ]
  return found.length > 0 ? found : [nearestInterpretation(tried, printed)]
}

function misplacedPoint(tried: readonly CountInterpretation[], printed: string): string[] {
  const slipped = tried.find(({count}) => howPrinted(count * 10, printed) || howPrinted(count / 10, printed))
  return slipped ? [`a misplaced decimal point of ${formatCount(slipped.count)}: ${slipped.text}`] : []
}

/** Compares the count of the same method on other models of the architecture. */
function countOfSibling(row: PaperRow, counter: Counter): string[] {
  const others = (Object.keys(PAPER_MODELS) as PaperModel[]).filter(
    model => model !== row.model && PAPER_MODELS[model].modelType === PAPER_MODELS[row.model].modelType,
  )
  return others.flatMap(model => {
    const [interpretation] = interpretations({...row, model}, counter)
    return howPrinted(interpretation.count, row.params)
      ? [`it is ${model}'s count, ${formatCount(interpretation.count)}`]
      : []
  })
}

/** Compares the counts of other methods on the same model in the same table, by the interpretation that explains their own cells. */
function countOfNeighbour(row: PaperRow, {rows, counter}: CountContext): string[] {
  const neighbours = rows.filter(
    ({cell, table, model, params}) =>
      cell !== row.cell && table === row.table && model === row.model && params !== row.params && params !== '-',
  )
  return neighbours.flatMap(other => {
    const own = [...interpretations(other, counter)].find(({count}) => howPrinted(count, other.params))
    return own && howPrinted(own.count, row.params)
      ? [`it is the count of ${other.cell}, ${formatCount(own.count)}`]
      : []
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
  const onModules = ({modules}: PaperRow) =>
    modules !== undefined && modules !== row.modules ? ` on ${[...modules].join(',')}` : ''
  return same.map(other => `${other.cell} prints ${other.params} for the same method${onModules(other)}`)
}

function wrongDigit(count: number, printed: string): string[] {
  const computed = printedLike(count, printed)
  const differing = [...printed].filter((letter, i) => letter !== computed[i]).length
  return computed.length === printed.length && differing === 1 ? ['one digit differs'] : []
}

function nearestInterpretation(tried: readonly CountInterpretation[], printed: string): string {
  const [stated] = tried
  const value = Number.parseFloat(printed)
  const distance = ({count}: CountInterpretation) => Math.abs(Number.parseFloat(printedLike(count, printed)) - value)
  const [best] = [...tried].sort((a, b) => distance(a) - distance(b))
  const others = `none of ${tried.length} interpretations matches`
  return best === stated ? others : `${others}, the closest is ${printedLike(best.count, printed)}: ${best.text}`
}
