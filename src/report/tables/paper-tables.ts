import {groupBy} from '../../base/group-by.ts'
import {formatCount} from '../../base/pluralize.ts'
import {printedLike} from '../../paper/printed-counts.ts'
import {PAPER_ROWS, type PaperRow} from '../../paper/rows.ts'
import {estimateText, formatPercent, verdictText} from '../../results/score-text.ts'
import {pooledVariance} from '../../statistics/behrens-fisher.ts'
import type {ReportEntry} from '../entries.ts'
import {columnTitle, modelTitle, paperLabel} from './labels.ts'
import {entriesForCell, measurementName, type PaperCell, paperCell, seedScores, shareVerdicts} from './paper-cells.ts'
import {seedNotes} from './seed-notes.ts'
import type {Heading, TableCell, TextTable} from './text-table.ts'

/** A row of the paper with what was run of it. */
export interface JudgedRow {
  readonly row: PaperRow
  /** Ours; undefined where nothing was run. */
  readonly params?: number
  /** Overrides with which alone the recipe was run, where it was never run as it is. */
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
  const rows = [...groupBy(PAPER_ROWS, ({table, model}) => `${table} ${model}`).values()].flatMap(rows =>
    judgeTable(rows, entries),
  )
  const shared = shareVerdicts(rows.flatMap(({cells}) => cells)).values()
  return rows.map(row => ({...row, cells: row.cells.map(() => shared.next().value!)}))
}

/** Rows of one table and model: their seeds tell together how much seeds vary. */
function judgeTable(rows: readonly PaperRow[], entries: readonly ReportEntry[]): JudgedRow[] {
  const run = rows.map(row => ({row, own: entriesForCell(row.cell, entries)}))
  const commonOf = (column: string) => {
    const own = new Map(run.map(({row, own}) => [measurementName(row, column, own), seedScores(row, column, own)]))
    return pooledVariance([...own.values()].map(measured => measured?.scores ?? []))
  }
  const common = new Map(Object.keys(rows[0].scores).map(column => [column, commonOf(column)]))
  return run.map(({row, own}) => {
    const cells = Object.keys(row.scores).map(column =>
      paperCell(row, column, {entries: own, common: common.get(column)!}),
    )
    const [first] = own
    return {row, cells, ...(first ? {params: first.params} : {}), ...(first?.set === undefined ? {} : {set: first.set})}
  })
}

/** The paper's tables of which anything was run, laid out as printed: models beside each other, a line for the paper, ours and the verdict. */
export function paperTables(rows: readonly JudgedRow[]): TextTable[] {
  return [...groupBy(rows, ({row}) => row.table)]
    .filter(([, rows]) => rows.some(({params}) => params !== undefined))
    .map(([number, rows]) => tableOf(number, rows))
}

function tableOf(number: number, rows: readonly JudgedRow[]): TextTable {
  const models = [...groupBy(rows, ({row}) => row.model)]
  const head = models.flatMap(([model, [first]]) => headings(first, models.length > 1 ? modelTitle(model) : undefined))
  const lines = models[0][1].flatMap((_, i) => {
    const beside = models.map(([, rows]) => rows[i])
    const label = merged(beside.map(({row}) => paperLabel(row.method)))
    const isRun = beside.some(({params}) => params !== undefined)
    return [
      [{text: label, first: true}, {text: 'paper', tone: 'quiet'}, ...beside.flatMap(printed)],
      ...(isRun ? [[{text: ''}, {text: oursText(beside)}, ...beside.flatMap(ours)]] : []),
      [{text: ''}, {text: 'verdict', tone: 'quiet'}, ...beside.flatMap(verdicts)],
    ] as const
  })
  const prior = rows.some(({row}) => row.method.prior) ? ['* The paper takes these numbers from earlier work.'] : []
  return {
    id: `table-${number}`,
    title: `Table ${number}. ${TITLES[number]}`,
    head: [{text: 'Method', align: 'left'}, {text: '', align: 'left'}, ...head],
    rows: lines,
    notes: [...prior, ...rows.flatMap(overridden), ...seedNotes(rows.flatMap(({cells}) => cells))],
  }
}

const oursText = (beside: readonly JudgedRow[]) => (beside.some(({set}) => set !== undefined) ? 'ours †' : 'ours')

/** That a row was not run as its recipe says. */
const overridden = ({row: {method, model}, set}: JudgedRow): string[] =>
  set === undefined ? [] : [`† ${paperLabel(method)}, ${modelTitle(model)}: not as the recipe says, but with ${set}.`]

/** `SVFT random d=16 / d=12`: of the later ones only what is new. */
function merged([first, ...others]: readonly string[]): string {
  const known = first.split(' ')
  const fresh = others.map(one =>
    one
      .split(' ')
      .filter(word => !known.includes(word))
      .join(' '),
  )
  return [first, ...new Set(fresh.filter(words => words !== ''))].join(' / ')
}

function headings({row}: JudgedRow, model: string | undefined): Heading[] {
  const group = model === undefined ? {} : {group: model}
  const titles = ['#Params', ...Object.keys(row.scores).map(columnTitle)]
  return titles.map(text => ({text, align: 'right', ...group}))
}

function printed({row, cells}: JudgedRow): TableCell[] {
  const texts = [row.params, ...cells.map(({printed}) => formatPercent(printed, 2))]
  return texts.map(text => ({text, tone: 'quiet'}))
}

function ours({row, params, cells}: JudgedRow): TableCell[] {
  const count = params === undefined ? '' : row.params === '-' ? formatCount(params) : printedLike(params, row.params)
  return [{text: count}, ...cells.map(({ours}) => ({text: ours ? estimateText(ours) : ''}))]
}

const verdicts = ({cells}: JudgedRow): TableCell[] => [{text: ''}, ...cells.map(verdictCell)]

function verdictCell({verdict, ours, judged, detectable, lacks}: PaperCell): TableCell {
  if (judged === undefined || detectable === undefined)
    return {text: `incomplete${ours ? ` (${lacks})` : ''}`, tone: 'quiet'}
  return {
    text: verdictText(judged, detectable),
    tone: verdict === 'deviates' ? 'bad' : verdict === 'reproduced' ? 'good' : 'quiet',
  }
}
