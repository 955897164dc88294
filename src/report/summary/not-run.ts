import {groupBy} from '../../base/collections.ts'
import {formatCount} from '../../base/pluralize.ts'
import {PAPER_COMPUTE, PAPER_GPUS, statedText} from '../../paper/compute.ts'
import {PAPER_MODELS, type PaperModel} from '../../paper/rows.ts'
import {PAPER_VERSIONS} from '../../paper/versions.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'
import {PLANNED_COST} from './planned-cost.ts'

/** The rows of one table and model of the paper that have no result of ours. */
export interface RowsNotRun {
  readonly table: number
  readonly model: PaperModel
  readonly title: string
  /** The rows that the table prints for the model. */
  readonly rows: number
  /** The cells of rows without any result. */
  readonly missing: readonly string[]
  /** The cells of rows that lack a column, or items. */
  readonly partial: readonly string[]
  /** What a run of such a row takes: its downloads, memory and time. */
  readonly takes: readonly string[]
  /** The command that plans the rows of the table. */
  readonly plan: string
}

export function listNotRun(rows: readonly JudgedRow[]): RowsNotRun[] {
  return [...groupBy(rows, ({row}) => `${row.table} ${row.model}`).values()].flatMap(judged => {
    const [{row}] = judged
    const cellsOf = (among: readonly JudgedRow[]) => among.map(({row}) => row.cell)
    const missing = cellsOf(judged.filter(({params}) => params === undefined))
    const isPartial = ({params, cells}: JudgedRow) =>
      params !== undefined && cells.some(({verdict}) => verdict === 'incomplete')
    const partial = cellsOf(judged.filter(isPartial))
    if (missing.length + partial.length === 0) return []
    const {table, model, version} = row
    const plan = `svft plan ${PAPER_VERSIONS[version].letter}${table}`
    const {title} = PAPER_MODELS[model]
    return [{table, model, title, rows: judged.length, missing, partial, takes: costsOf(model), plan}]
  })
}

function costsOf(model: PaperModel): string[] {
  const {
    hours: [least, most],
    memoryGb,
    downloadGb,
  } = PLANNED_COST[model]
  const hours = [...new Set([least, most])].map(formatCount).join(' to ')
  const compute = PAPER_COMPUTE[model]
  const stated = statedText(model, compute.hours)
  return [
    `${PAPER_MODELS[model].repository} (${compute.gated ? 'gated' : 'public'})`,
    `up to ${downloadGb} GB to download`,
    `up to ${memoryGb} GB of memory`,
    `${hours} h on two cores`,
    stated === undefined
      ? 'the paper states no hours'
      : `the paper states ${stated} h of training on ${PAPER_GPUS} A100`,
  ]
}
