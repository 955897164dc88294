import {compact} from '../base/collections.ts'
import {statedModules} from './modules.ts'
import {howPrinted, printedCount} from './printed-counts.ts'
import type {PaperRow} from './rows.ts'
import {ALL_ROWS, counterparts, isSameRun, PAPER_VERSIONS, paperRow} from './versions.ts'

/**
 * A row that contradicts another one: it prints other values for the same label or the same run, or the same scores for
 * another pattern of M.
 */
export interface DifferingRow {
  readonly cell: string
  readonly version: PaperRow['version']
  /** The letters of its modules, if it is another run because it adapts others. */
  readonly modules?: string
  /** Its pattern, if it prints the same scores for another one. */
  readonly pattern?: PaperRow['method']['pattern']
  /** Its #Params, unless they are only the same count with other decimals. */
  readonly params?: string
  /** Its scores as printed: those that differ or, with another pattern, those that are the same. */
  readonly scores: Readonly<Record<string, string>>
}

/**
 * Lists the rows of both versions that print another value than `row`: those of the same run, and those of the same label
 * in the other version; then those that print its scores for another pattern. `cells` are those of the recipe of the row,
 * which may name several rows as one run.
 */
export function findDifferingRows(row: PaperRow, cells: readonly string[] = [row.cell]): DifferingRow[] {
  const named = [row, ...cells.flatMap(cell => paperRow(cell) ?? [])]
  const labelled = new Set(named.flatMap(counterparts))
  const isSame = ({cell}: PaperRow) => isSameRun([row.cell, ...cells], cell)
  const other = ALL_ROWS.filter(other => other.cell !== row.cell && (isSame(other) || labelled.has(other)))
    .map(other => compareRows(row, other, {isSame: isSame(other)}))
    .filter(({modules, params, scores}) => modules ?? params ?? Object.keys(scores).length > 0)
  const swapped = ALL_ROWS.filter(other => hasScoresOfOtherPattern(row, other)).map(
    ({cell, version, method: {pattern}, printed}) => ({cell, version, pattern, scores: printed}),
  )
  const found = [...other, ...swapped]
  return found.filter(
    (one, i) => !found.some((other, j) => isRepeated(one, other) && (j < i || !isRepeated(other, one))),
  )
}

/** Whether two rows of a model print the same scores for different patterns, so that one of their labels must be wrong. */
export function hasScoresOfOtherPattern(row: PaperRow, other: PaperRow): boolean {
  const columns = Object.keys(row.scores)
  const [pattern, otherPattern] = [row.method.pattern, other.method.pattern]
  return (
    row.model === other.model &&
    pattern !== undefined &&
    otherPattern !== undefined &&
    pattern !== otherPattern &&
    columns.length > 1 && // one score alone may be equal by coincidence
    columns.every(column => row.scores[column] === other.scores[column])
  )
}

/** Whether another row of the version prints all that differs: table 4 of arXiv v1 repeats a part of table 9. */
const isRepeated = (one: DifferingRow, other: DifferingRow): boolean =>
  one !== other &&
  one.version === other.version &&
  one.modules === other.modules &&
  one.pattern === other.pattern &&
  one.params === other.params &&
  Object.entries(one.scores).every(([column, score]) => other.scores[column] === score)

function compareRows(row: PaperRow, other: PaperRow, {isSame}: {readonly isSame: boolean}): DifferingRow {
  const {cell, version, params, printed} = other
  const scores = Object.entries(printed).filter(
    ([column]) => column in row.scores && row.scores[column] !== other.scores[column],
  )
  return {
    cell,
    version,
    modules: isSame ? undefined : statedModules(other),
    params: isOneCount(row.params, params) ? undefined : params,
    scores: Object.fromEntries(scores),
  }
}

/** Whether two printed counts can be one: `0.19M` and `194K`, not `2.55M` and `2.56M`. */
function isOneCount(a: string, b: string): boolean {
  if (a === b) return true
  if (a === '-' || b === '-') return false
  return [howPrinted(printedCount(a), b), howPrinted(printedCount(b), a)].some(printing => printing !== undefined)
}

/** `NeurIPS 2024 prints gsm8k 76.35, math 29.86 (n7.g7.random16)`. */
export function differingRowText({cell, version, modules, pattern, params, scores}: DifferingRow): string {
  const values = compact([params, ...Object.entries(scores).map(([column, score]) => `${column} ${score}`)])
  const what = `${pattern ? 'the same ' : ''}${values.join(', ') || 'the row'}`
  const where = `${modules ? ` on ${[...modules].join(',')}` : ''}${pattern ? ` for ${pattern}` : ''}`
  return `${PAPER_VERSIONS[version].title} prints ${what}${where} (${cell})`
}
