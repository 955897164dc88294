import {groupBy} from '../../base/group-by.ts'
import {PAPER_COMPUTE, PAPER_GPUS} from '../../paper/compute.ts'
import {PAPER_MODELS, type PaperModel} from '../../paper/rows.ts'
import {PAPER_VERSIONS} from '../../paper/versions.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'

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
  readonly reasons: readonly string[]
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
    return [{table, model, title, rows: judged.length, missing, partial, reasons: reasonsOf(model), plan}]
  })
}

function reasonsOf(model: PaperModel): string[] {
  const {gated, hours} = PAPER_COMPUTE[model]
  const {repository} = PAPER_MODELS[model]
  return [
    'no result',
    gated ? `weights are gated (${repository})` : `weights are public (${repository})`,
    hours === undefined
      ? 'the paper states no hours'
      : `about ${hours} h of training on ${PAPER_GPUS} A100, as the paper states`,
  ]
}
