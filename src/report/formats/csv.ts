import {stringify} from 'csv-stringify/sync'
import {csvText} from '../../base/printable.ts'
import type {Estimate} from '../../statistics/estimate.ts'
import type {ReportContent} from '../report.ts'
import {estimateOf} from '../tables/suite-table.ts'

/** The CSV files of a report, by name: the paper's cells, our scores, and the comparisons of methods. */
export function reportCsvFiles({rows, memory, entries, comparisons}: ReportContent): Record<string, string> {
  const cells = rows.flatMap(({row, params, set, cost, others, cells}) =>
    cells.map(({cell, column, measurement, verdict, ours, judged, detectable, lacks}) => ({
      table: row.table,
      cell,
      model: row.model,
      column,
      printed_params: row.params,
      params,
      set,
      printed: row.scores[column],
      measurement,
      ...timesHundred(ours),
      verdict,
      difference: judged && 100 * judged.difference,
      p: judged?.p,
      detectable: detectable && 100 * detectable,
      lacks,
      also_printed: others
        .filter(({scores}) => column in scores)
        .map(({cell, pattern, scores}) => `${scores[column]} (${cell}${pattern === undefined ? '' : `, ${pattern}`})`)
        .join('; '),
      step_ms: cost?.stepMs?.mean,
      peak_memory_mb: cost?.peakMemoryMb?.mean,
      printed_memory_gb: row.memoryGb,
    })),
  )
  const scores = entries.flatMap(({recipe, method, settings, set, params, headParams, seconds, cost, columns}) =>
    Object.entries(columns).map(([column, found]) => ({
      recipe,
      method,
      settings,
      set,
      params,
      head_params: headParams,
      column,
      metric: found.metric,
      items: found.n,
      ...timesHundred(estimateOf(found)),
      without_value: found.withoutValue?.length,
      seconds,
      step_ms: cost.stepMs?.mean,
      peak_memory_mb: cost.peakMemoryMb?.mean,
      peak_memory_min: cost.peakMemoryMb?.min,
      peak_memory_max: cost.peakMemoryMb?.max,
      engine: cost.engine,
    })),
  )
  const pairs = comparisons.flatMap(({suite, column, recipes, pairs}) =>
    pairs.map(({a, b, difference, error, p, holm, test}) => ({
      suite,
      column,
      a: recipes[a],
      b: recipes[b],
      difference: 100 * difference,
      error: 100 * error,
      p,
      holm,
      test,
    })),
  )
  const planned = memory.map(({row, recipe, microBatch, tokens, printedGb, plannedGb, ratio}) => ({
    table: row.table,
    cell: row.cell,
    model: row.model,
    recipe,
    micro_batch: microBatch,
    tokens,
    precision: 'bf16',
    printed_gb: printedGb,
    planned_gb: plannedGb,
    ratio,
  }))
  const files = {'cells.csv': csv(cells), 'scores.csv': csv(scores), 'comparisons.csv': csv(pairs)}
  return planned.length > 0 ? {...files, 'memory.csv': csv(planned)} : files
}

/** An estimate × 100, as the paper prints scores. */
const timesHundred = (estimate: Estimate | undefined) => ({
  mean: estimate && 100 * estimate.mean,
  sd: estimate?.sd && 100 * estimate.sd,
  seeds: estimate?.seeds,
  low: estimate?.low === undefined ? undefined : 100 * estimate.low,
  high: estimate?.high === undefined ? undefined : 100 * estimate.high,
})

/** Writes CSV; fractions have six significant digits. */
function csv(records: readonly Readonly<Record<string, string | number | undefined>>[]): string {
  const rounded = (value: number) => String(Number.isInteger(value) ? value : Number(value.toPrecision(6)))
  return stringify([...records], {header: true, cast: {string: value => csvText(value), number: rounded}})
}
