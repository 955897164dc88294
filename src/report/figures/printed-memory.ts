import {groupBy} from '../../base/collections.ts'
import {PAPER_MODELS, type PaperRow, type PaperVersion} from '../../paper/rows.ts'
import {columnTitle} from '../../paper/test-sets.ts'
import {paperRows} from '../../paper/versions.ts'
import {formatPercent} from '../../results/score-text.ts'
import type {Pareto} from '../draw/pareto-figure.ts'
import {rowLabel} from '../tables/labels.ts'

/** Figures of the printed scores against the printed memory of the GPU, for each table, model and column. */
export function printedMemoryFigures(version: PaperVersion): Pareto[] {
  const rows = paperRows(version).filter(({memoryGb}) => memoryGb !== undefined)
  return [...groupBy(rows, ({table, model}) => `${table} ${model}`).values()].flatMap(own => {
    const [{table, model, scores}] = own
    return Object.keys(scores).map((column): Pareto => {
      const title = `Table ${table}: ${column === 'perf' ? 'mean of GSM-8K and MATH' : columnTitle(column)} of ${PAPER_MODELS[model].title}`
      return {
        kind: 'pareto',
        id: `table-${table}-${model}-${column}-memory`.replaceAll(/[^\w-]+/g, '-'),
        title: `${title}, by GPU memory`,
        subtitle: 'as the paper prints them: one run each, without intervals; the line is their Pareto frontier',
        xTitle: 'peak memory of the GPU, GB',
        xScale: 'linear',
        yTitle: 'accuracy, %',
        yUnit: 'percent',
        points: [],
        lines: [],
        paper: own.map(row => markOf(rowLabel(row, own), row, column)),
      }
    })
  })
}

function markOf(label: string, {method, memoryGb = Number.NaN, params, scores}: PaperRow, column: string) {
  const score = scores[column] / 100
  const tip = [`${label}, as printed`, formatPercent(score, 2), `${memoryGb.toFixed(2)} GB`, `${params} trained`]
  return {label, method: method.method, cost: memoryGb, score, tip}
}
