import {compact, groupBy} from '../../base/collections.ts'
import {formatCount} from '../../base/pluralize.ts'
import {type DifferingRow, findDifferingRows} from '../../paper/differing-rows.ts'
import {printedLike} from '../../paper/printed-counts.ts'
import {PAPER_MODELS, type PaperRow, type PaperVersion} from '../../paper/rows.ts'
import {columnTitle} from '../../paper/test-sets.ts'
import {PAPER_VERSIONS, paperRow, paperRows} from '../../paper/versions.ts'
import {estimateText, formatPercent, verdictText} from '../../results/score-text.ts'
import {pooledVariance} from '../../statistics/seed-variance.ts'
import type {ReportEntry} from '../entries.ts'
import {distinctTexts, type MeasuredCost, measureCost} from '../measured-cost.ts'
import {caveatNotes, isUnlike} from './caveat-notes.ts'
import {methodLabel, rowLabel} from './labels.ts'
import {gigabytesText, stepText} from './measured-cost-text.ts'
import {entriesForCell, measure, partialPart} from './measurements.ts'
import {isJudged, judgeCell, type PaperCell, shareVerdicts} from './paper-cells.ts'
import {TABLE_TITLES} from './table-titles.ts'
import {cells, left, right, type TableCell, type TextTable} from './text-table.ts'
import {verdictSeedNotes} from './verdict-notes.ts'

/** A row of the paper with our scores and verdicts. */
export interface JudgedRow {
  readonly row: PaperRow
  /** Our number of trainable parameters; undefined if nothing was run. */
  readonly params?: number
  /** The overrides of the runs, if the recipe was never run without. */
  readonly set?: string
  /** The method and settings of the runs, if the label of the row has another method. */
  readonly ranAs?: string
  readonly cells: readonly PaperCell[]
  /** The memory and time of our runs; undefined if nothing was run. */
  readonly cost?: MeasuredCost
  /** The rows of both versions that contradict it. */
  readonly others: readonly JudgedDifference[]
}

/** A row that contradicts another one, with verdicts on those of its scores that are of the same run. */
interface JudgedDifference extends DifferingRow {
  readonly table: number
  readonly cells: readonly PaperCell[]
}

/** Every row of the tables of a version with its verdicts, in the order of the paper. */
export function judgeRows(entries: readonly ReportEntry[], version: PaperVersion): JudgedRow[] {
  const tables = groupBy(paperRows(version), ({table, model}) => `${table} ${model}`).values()
  const rows = [...tables].flatMap(rows => judgeTable(rows, entries))
  const shared = shareVerdicts(rows.flatMap(({cells}) => cells))
  return rows.map(row => ({...row, cells: shared.splice(0, row.cells.length)}))
}

/** Judges the rows of one table and model; the variance between seeds is pooled over those that were scored on all items. */
function judgeTable(rows: readonly PaperRow[], entries: readonly ReportEntry[]): JudgedRow[] {
  const run = rows.map(row => ({row, own: entriesForCell(row.cell, entries)}))
  const columns = Object.keys(rows[0].scores).map(column => {
    const measured = run.map(({row, own}) => measure(row, column, own))
    const complete = measured.filter(one => partialPart(one) === undefined)
    const distinct = new Map(complete.map(({name, scores}) => [name, scores?.scores ?? []]))
    return {column, measured, pooled: pooledVariance([...distinct.values()])}
  })
  return run.map(({row, own}, i) => {
    const judgeAs = (printed: PaperRow, names: readonly string[]) =>
      columns
        .filter(({column}) => names.includes(column))
        .map(({column, measured, pooled}) => judgeCell(printed, column, {measurement: measured[i], pooled}))
    return {
      row,
      cells: judgeAs(row, Object.keys(row.scores)),
      params: own[0]?.params,
      set: own[0]?.set,
      ranAs: own[0] && own[0].method !== row.method.method ? methodLabel(own[0]) : undefined,
      cost: own.length === 0 ? undefined : measureCost(own.flatMap(({rows}) => rows).map(row => ({row}))),
      others: findDifferingRows(row, own[0]?.cells).flatMap(one => {
        const other = paperRow(one.cell)
        if (!other) return []
        const isSame = one.modules === undefined && one.pattern === undefined && own.length > 0
        return {...one, table: other.table, cells: isSame ? judgeAs(other, Object.keys(one.scores)) : []}
      }),
    }
  })
}

/** The paper's tables with runs, laid out as printed: models side by side, with a line each for the paper, ours and the verdict. */
export function paperTables(rows: readonly JudgedRow[]): TextTable[] {
  return [...groupBy(rows, ({row}) => row.table)]
    .filter(([, rows]) => rows.some(({params, row}) => params !== undefined || row.memoryGb !== undefined))
    .map(([number, rows]) => tableOf(number, rows))
}

function tableOf(number: number, rows: readonly JudgedRow[]): TextTable {
  const models = [...groupBy(rows, ({row}) => row.model)]
  const costs = costColumns(rows)
  const columns = ({row}: JudgedRow) => ['#Params', ...costs, ...Object.keys(row.scores)]
  const head = models.flatMap(([model, [first]]) => {
    const group = models.length > 1 ? PAPER_MODELS[model].title : undefined
    const titles = ['#Params', ...costs, ...Object.keys(first.row.scores).map(columnTitle)]
    return titles.map(text => ({...right(text), group}))
  })
  const hasRuns = rows.some(isRun)
  const printed = rows.map(({row}) => row)
  const lines = models[0][1].flatMap((_, i) => {
    const judged = models.map(([, rows]) => rows[i])
    const label = mergeLabels(judged.map(({row}) => rowLabel(row, printed)))
    return linesOf(judged, {label, hasRuns}).map(({begin, cell}) => [
      ...begin,
      ...judged.flatMap(one => columns(one).map(column => cell(one, column))),
    ])
  })
  return {
    id: `table-${number}`,
    title: `Table ${number}. ${TABLE_TITLES[rows[0].row.version][number]}`,
    head: [left('Method'), left(''), ...head],
    rows: lines,
    notes: compact([
      rows.some(({row}) => row.method.prior) && '* The paper takes these numbers from earlier work.',
      ...costNotes(rows),
      ...caveatNotes(rows),
      ...verdictSeedNotes(rows.flatMap(({cells}) => cells)),
    ]),
  }
}

const isRun = ({params}: JudgedRow) => params !== undefined

/** A line of a table: its first cells, and the cell in a column of each model. */
interface TableLine {
  readonly begin: readonly TableCell[]
  cell(judged: JudgedRow, column: string): TableCell
}

/**
 * The lines of the rows of all models with one label: the paper's, ours and the verdict. Below them stands what rows that
 * contradict them print, with the verdict on it if they are of the same run; models share these lines if the values are in
 * one table.
 */
function linesOf(
  judged: readonly JudgedRow[],
  {label, hasRuns}: {readonly label: string; readonly hasRuns: boolean},
): TableLine[] {
  const lines: TableLine[] = [{begin: [{text: label, first: true}, quiet('paper')], cell: printedCell}]
  if (judged.some(isRun)) lines.push({begin: cells('', oursText(judged)), cell: ourCell})
  if (hasRuns) lines.push({begin: [{text: ''}, quiet('verdict')], cell: verdictCell})
  for (const source of new Set(judged.flatMap(({others}) => others.map(sourceOf)))) {
    const otherOf = ({others}: JudgedRow) => others.find(one => sourceOf(one) === source)
    lines.push({begin: [quiet(''), quiet(source)], cell: (one, column) => differingCell(otherOf(one), column)})
    if (judged.some(one => otherOf(one)?.cells.some(isJudged)))
      lines.push({
        begin: [{text: ''}, quiet('verdict on it')],
        cell: (one, column) => verdictCell(otherOf(one) ?? {cells: []}, column),
      })
  }
  return lines
}

const quiet = (text: string): TableCell => ({text, tone: 'quiet'})

function printedCell({row, cells}: JudgedRow, column: string): TableCell {
  if (column === '#Params') return quiet(row.params)
  if (column === 'Memory, GB') return quiet(row.memoryGb?.toFixed(2) ?? '')
  const cell = cells.find(one => one.column === column)
  return quiet(cell ? formatPercent(cell.printed, 2) : '')
}

function ourCell({row, params, cells, cost}: JudgedRow, column: string): TableCell {
  if (column === '#Params' && params !== undefined)
    return {text: row.params === '-' ? formatCount(params) : printedLike(params, row.params)}
  if (column === 'Memory, GB' && cost) return {text: gigabytesText(cost)}
  if (column === 'Step, ms' && cost) return {text: stepText(cost)}
  const ours = cells.find(one => one.column === column)?.ours
  return {text: ours ? estimateText(ours) : ''}
}

function verdictCell({cells}: Pick<JudgedRow, 'cells'>, column: string): TableCell {
  const cell = cells.find(one => one.column === column)
  if (!cell) return {text: ''}
  const {verdict, ours, lacks} = cell
  if (!isJudged(cell)) return quiet(`incomplete${ours ? ` (${lacks})` : ''}`)
  const tone = verdict === 'deviates' ? 'bad' : verdict === 'reproduced' ? 'good' : 'quiet'
  return {text: verdictText(cell.judged, cell.detectable), tone}
}

function differingCell(other: JudgedDifference | undefined, column: string): TableCell {
  if (!other) return quiet('')
  return quiet(column === '#Params' ? countText(other) : (other.scores[column] ?? ''))
}

const oursText = (judged: readonly JudgedRow[]) => (judged.some(isUnlike) ? 'ours †' : 'ours')

/** Merges the labels of one line, with only the new words of later ones: `SVFT random d=16 / d=12`. */
function mergeLabels([first, ...others]: readonly string[]): string {
  const known = first.split(' ')
  const fresh = others.map(one =>
    one
      .split(' ')
      .filter(word => !known.includes(word))
      .join(' '),
  )
  return [first, ...new Set(fresh.filter(words => words !== ''))].join(' / ')
}

type CostColumn = 'Memory, GB' | 'Step, ms'

/** The columns of memory and time for which a row of a table has a printed or a measured value. */
function costColumns(rows: readonly JudgedRow[]): CostColumn[] {
  const hasMemory = rows.some(({row, cost}) => row.memoryGb ?? cost?.peakMemoryMb)
  const hasSteps = rows.some(({cost}) => cost?.stepMs)
  return compact<CostColumn>([hasMemory && 'Memory, GB', hasSteps && 'Step, ms'])
}

/** Notes on printed memory, and on the engines of measured memory and times. */
function costNotes(rows: readonly JudgedRow[]): string[] {
  const costs = rows.flatMap(({cost}) => (cost?.peakMemoryMb || cost?.stepMs ? cost : []))
  const engines = distinctTexts(costs.map(({engine}) => engine))
  return compact([
    rows.some(({row}) => row.memoryGb) && 'paper: the peak memory of the GPU, as printed.',
    engines.length > 0 &&
      `ours: the peak memory of the process and the time of a step, with ${engines.join('; ')}; not comparable with a GPU.`,
  ])
}

/** `NeurIPS 2024, table 7`, or `NeurIPS 2024, table 7, banded` of a row with another pattern. */
const sourceOf = ({version, table, pattern}: JudgedDifference) =>
  `${PAPER_VERSIONS[version].title}, table ${table}${pattern === undefined ? '' : `, ${pattern}`}`

const countText = ({params, modules}: JudgedDifference) =>
  compact([params, modules && `on ${[...modules].join(',')}`]).join(' ')
