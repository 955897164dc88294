import {groupBy} from '../../base/group-by.ts'
import {formatCount} from '../../base/pluralize.ts'
import {printedLike} from '../../paper/printed-counts.ts'
import {PAPER_MODELS, PAPER_ROWS, type PaperRow} from '../../paper/rows.ts'
import {columnTitle} from '../../paper/test-sets.ts'
import {estimateText, formatPercent, verdictText} from '../../results/score-text.ts'
import {pooledVariance} from '../../statistics/behrens-fisher.ts'
import type {ReportEntry} from '../entries.ts'
import {paperLabel} from './labels.ts'
import {entriesForCell, measure} from './measurements.ts'
import {isJudged, judgeCell, type PaperCell, shareVerdicts} from './paper-cells.ts'
import {seedNotes} from './seed-notes.ts'
import type {Heading, TableCell, TextTable} from './text-table.ts'

/** A row of the paper with our scores and verdicts. */
export interface JudgedRow {
  readonly row: PaperRow
  /** Our number of trainable parameters; undefined if nothing was run. */
  readonly params?: number
  /** The overrides of the runs, if the recipe was never run without. */
  readonly set?: string
  readonly cells: readonly PaperCell[]
}

const TITLES: Readonly<Record<number, string>> = {
  1: 'GSM-8K and MATH after fine-tuning on MetaMathQA-40K, accuracy in %',
  2: 'Commonsense reasoning with Gemma-7B, accuracy in %',
  3: 'GLUE with DeBERTaV3-base: accuracy, Matthews (CoLA) and Pearson (STS-B) correlation × 100',
  4: 'Image classification, accuracy in %',
  5: 'Patterns of M on Gemma-2B, accuracy in %',
  6: 'GSM-8K after fine-tuning checkpoints of Pythia-2.8B, accuracy in %',
  8: 'Commonsense reasoning with Gemma-2B, accuracy in %',
  9: 'Image classification, all data sets, accuracy in %',
  10: 'Truncated singular vectors on Gemma-2B, accuracy in %',
}

/** Every row of the paper's tables with its verdicts, in the order of the paper. */
export function judgeRows(entries: readonly ReportEntry[]): JudgedRow[] {
  const tables = groupBy(PAPER_ROWS, ({table, model}) => `${table} ${model}`).values()
  const rows = [...tables].flatMap(rows => judgeTable(rows, entries))
  const shared = shareVerdicts(rows.flatMap(({cells}) => cells))
  return rows.map(row => ({...row, cells: shared.splice(0, row.cells.length)}))
}

/** Judges the rows of one table and model, over which the variance between seeds is pooled. */
function judgeTable(rows: readonly PaperRow[], entries: readonly ReportEntry[]): JudgedRow[] {
  const run = rows.map(row => ({row, own: entriesForCell(row.cell, entries)}))
  const columns = Object.keys(rows[0].scores).map(column => {
    const measured = run.map(({row, own}) => measure(row, column, own))
    const distinct = new Map(measured.map(({name, scores}) => [name, scores?.scores ?? []]))
    return {column, measured, pooled: pooledVariance([...distinct.values()])}
  })
  return run.map(({row, own}, i) => ({
    row,
    cells: columns.map(({column, measured, pooled}) => judgeCell(row, column, {measurement: measured[i], pooled})),
    params: own[0]?.params,
    set: own[0]?.set,
  }))
}

/** The paper's tables with runs, laid out as printed: models side by side, with a line each for the paper, ours and the verdict. */
export function paperTables(rows: readonly JudgedRow[]): TextTable[] {
  return [...groupBy(rows, ({row}) => row.table)]
    .filter(([, rows]) => rows.some(({params}) => params !== undefined))
    .map(([number, rows]) => tableOf(number, rows))
}

function tableOf(number: number, rows: readonly JudgedRow[]): TextTable {
  const models = [...groupBy(rows, ({row}) => row.model)]
  const head = models.flatMap(([model, [first]]) =>
    headingsOf(first, models.length > 1 ? PAPER_MODELS[model].title : undefined),
  )
  const lines = models[0][1].flatMap((_, i) => {
    const judged = models.map(([, rows]) => rows[i])
    const label = mergeLabels(judged.map(({row}) => paperLabel(row.method)))
    const isRun = judged.some(({params}) => params !== undefined)
    return [
      [{text: label, first: true}, {text: 'paper', tone: 'quiet'}, ...judged.flatMap(printedCells)],
      ...(isRun ? [[{text: ''}, {text: oursText(judged)}, ...judged.flatMap(ourCells)]] : []),
      [{text: ''}, {text: 'verdict', tone: 'quiet'}, ...judged.flatMap(verdictCells)],
    ] as const
  })
  const prior = rows.some(({row}) => row.method.prior) ? ['* The paper takes these numbers from earlier work.'] : []
  return {
    id: `table-${number}`,
    title: `Table ${number}. ${TITLES[number]}`,
    head: [{text: 'Method', align: 'left'}, {text: '', align: 'left'}, ...head],
    rows: lines,
    notes: [...prior, ...rows.flatMap(overrideNote), ...seedNotes(rows.flatMap(({cells}) => cells))],
  }
}

const oursText = (judged: readonly JudgedRow[]) => (judged.some(({set}) => set !== undefined) ? 'ours †' : 'ours')

/** A note that a row was run with overrides. */
const overrideNote = ({row: {method, model}, set}: JudgedRow): string[] =>
  set === undefined ? [] : [`† ${paperLabel(method)}, ${PAPER_MODELS[model].title}: run with overrides: ${set}.`]

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

function headingsOf({row}: JudgedRow, model: string | undefined): Heading[] {
  const titles = ['#Params', ...Object.keys(row.scores).map(columnTitle)]
  return titles.map(text => ({text, align: 'right', group: model}))
}

function printedCells({row, cells}: JudgedRow): TableCell[] {
  const texts = [row.params, ...cells.map(({printed}) => formatPercent(printed, 2))]
  return texts.map(text => ({text, tone: 'quiet'}))
}

function ourCells({row, params, cells}: JudgedRow): TableCell[] {
  const count = params === undefined ? '' : row.params === '-' ? formatCount(params) : printedLike(params, row.params)
  return [{text: count}, ...cells.map(({ours}) => ({text: ours ? estimateText(ours) : ''}))]
}

const verdictCells = ({cells}: JudgedRow): TableCell[] => [{text: ''}, ...cells.map(verdictCell)]

function verdictCell(cell: PaperCell): TableCell {
  const {verdict, ours, lacks} = cell
  if (!isJudged(cell)) return {text: `incomplete${ours ? ` (${lacks})` : ''}`, tone: 'quiet'}
  const tone = verdict === 'deviates' ? 'bad' : verdict === 'reproduced' ? 'good' : 'quiet'
  return {text: verdictText(cell.judged, cell.detectable), tone}
}
