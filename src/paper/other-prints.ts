import {howPrinted, printedCount} from './printed-counts.ts'
import type {PaperRow} from './rows.ts'
import {counterparts, isSameRun, PAPER_VERSIONS, paperRow} from './versions.ts'

/** A row that prints other values than another row of the same label or the same run. */
export interface OtherPrint {
  readonly cell: string
  readonly version: PaperRow['version']
  /** The letters of its modules, if it is another run because it adapts others. */
  readonly modules?: string
  /** Its #Params, unless they are only the same count with other decimals. */
  readonly params?: string
  /** Its scores as printed, those that differ. */
  readonly scores: Readonly<Record<string, string>>
}

/**
 * Lists the rows of both versions that print another value than `row`: those of the same run, and those of the same label
 * in the other version. `cells` are those of the recipe of the row, which may name several rows as one run.
 */
export function otherPrints(row: PaperRow, cells: readonly string[] = [row.cell]): OtherPrint[] {
  const named = [row, ...cells.flatMap(cell => paperRow(cell) ?? [])]
  const labelled = new Set(named.flatMap(counterparts))
  const rows = Object.values(PAPER_VERSIONS).flatMap(({rows}) => rows)
  const found = rows
    .filter(other => other.cell !== row.cell && (labelled.has(other) || isSameRun([row.cell, ...cells], other.cell)))
    .map(other => differences(row, other, {isSame: isSameRun([row.cell, ...cells], other.cell)}))
    .filter(({modules, params, scores}) => modules ?? params ?? Object.keys(scores).length > 0)
  return found.filter(
    (one, i) => !found.some((other, j) => isRepeated(one, other) && (j < i || !isRepeated(other, one))),
  )
}

/** Whether another row of the version prints all that differs: table 4 of arXiv v1 repeats a part of table 9. */
const isRepeated = (one: OtherPrint, other: OtherPrint): boolean =>
  one !== other &&
  one.version === other.version &&
  one.modules === other.modules &&
  one.params === other.params &&
  Object.entries(one.scores).every(([column, score]) => other.scores[column] === score)

function differences(row: PaperRow, other: PaperRow, {isSame}: {readonly isSame: boolean}): OtherPrint {
  const {cell, version, modules, params, printed} = other
  const scores = Object.entries(printed).filter(
    ([column]) => column in row.scores && row.scores[column] !== other.scores[column],
  )
  return {
    cell,
    version,
    ...(!isSame && modules && {modules}),
    ...(!isOneCount(row.params, params) && {params}),
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
export function otherPrintText({cell, version, modules, params, scores}: OtherPrint): string {
  const values = [...(params ? [params] : []), ...Object.entries(scores).map(([column, score]) => `${column} ${score}`)]
  const where = modules ? ` on ${[...modules].join(',')}` : ''
  return `${PAPER_VERSIONS[version].title} prints ${values.join(', ') || 'the row'}${where} (${cell})`
}
