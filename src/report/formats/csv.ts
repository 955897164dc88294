import {stringify} from 'csv-stringify/sync'
import {csvText} from '../../base/printable.ts'
import type {Estimate} from '../../statistics/estimate.ts'
import type {ReportEntry} from '../entries.ts'
import type {ReportContent} from '../report.ts'
import {estimateOf, type PairwiseComparison} from '../suite-comparison.ts'
import type {ComparedMemory} from '../tables/memory-tables.ts'
import type {JudgedRow} from '../tables/paper-tables.ts'
import {sixDigits} from './six-digits.ts'

/** The CSV files of a report, by name: the paper's cells, our scores, comparisons of methods, and memory if any was planned. */
export function reportCsvFiles({rows, memory, entries, comparisons}: ReportContent): Record<string, string> {
  const files = {
    'cells.csv': csv(rows.flatMap(cellRecords)),
    'scores.csv': csv(entries.flatMap(scoreRecords)),
    'comparisons.csv': csv(comparisons.flatMap(compared => pairRecords(compared, entries))),
  }
  return memory.length > 0 ? {...files, 'memory.csv': csv(memory.map(memoryRecord))} : files
}

type CsvRecord = Readonly<Record<string, string | number | undefined>>

const cellRecords = ({row, params, set, cost, others, cells}: JudgedRow): CsvRecord[] =>
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
  }))

const scoreRecords = ({columns, ...entry}: ReportEntry): CsvRecord[] =>
  Object.entries(columns).map(([column, found]) => ({
    recipe: entry.recipe,
    method: entry.method,
    settings: entry.settings,
    set: entry.set,
    params: entry.params,
    head_params: entry.headParams,
    column,
    metric: found.metric,
    items: found.n,
    ...timesHundred(estimateOf(found)),
    without_value: found.withoutValue?.length,
    seconds: entry.seconds,
    step_ms: entry.cost.stepMs?.mean,
    peak_memory_mb: entry.cost.peakMemoryMb?.mean,
    peak_memory_min: entry.cost.peakMemoryMb?.min,
    peak_memory_max: entry.cost.peakMemoryMb?.max,
    engine: entry.cost.engine,
  }))

function pairRecords(
  {suite, column, recipes, pairs}: PairwiseComparison,
  entries: readonly ReportEntry[],
): CsvRecord[] {
  const metric = entries.find(({name}) => name === recipes[0])?.columns[column].metric
  return pairs.map(({a, b, difference, error, p, holm, test}) => ({
    suite,
    column,
    metric,
    a: recipes[a],
    b: recipes[b],
    difference: 100 * difference,
    error: 100 * error,
    p,
    holm,
    test,
  }))
}

const memoryRecord = ({row, recipe, microBatch, tokens, printedGb, plannedGb, ratio}: ComparedMemory): CsvRecord => ({
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
})

/** An estimate × 100, as the paper prints scores. */
const timesHundred = (estimate: Estimate | undefined) => ({
  mean: estimate && 100 * estimate.mean,
  sd: estimate?.sd && 100 * estimate.sd,
  seeds: estimate?.seeds,
  low: estimate?.low === undefined ? undefined : 100 * estimate.low,
  high: estimate?.high === undefined ? undefined : 100 * estimate.high,
})

const csv = (records: readonly CsvRecord[]): string =>
  stringify([...records], {
    header: true,
    cast: {string: value => csvText(value), number: value => String(sixDigits(value))},
  })
