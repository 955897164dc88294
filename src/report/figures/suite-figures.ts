import {methodNamed} from '../../adapters/index.ts'
import {compareText, groupBy} from '../../base/collections.ts'
import {formatCount} from '../../base/pluralize.ts'
import {formatScore} from '../../results/score-text.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import type {Pareto} from '../draw/pareto-figure.ts'
import type {ScoreUnit} from '../draw/scales.ts'
import {isTrained, type ReportEntry} from '../entries.ts'
import {estimateOf, isSignificantlyBetter, type PairwiseComparison} from '../suite-comparison.ts'
import {itemsAndSeeds} from '../tables/count-text.ts'
import {entryLabels, sharedPrecision} from '../tables/labels.ts'
import {slug} from '../tables/slug.ts'
import {type CostedEntry, paretoPoints, type ScoredEntry, trainedCost} from './pareto-points.ts'

/** The Pareto figure of one test file of a suite: scores against trained parameters. */
export function suiteFigure(entries: readonly ReportEntry[], compared: PairwiseComparison): Pareto {
  const {suite, column} = compared
  const scored = scoredEntries(entries, compared)
  const drawn = scored.filter(({entry: {method, params}}) => !isLine(method) && params > 0).map(trainedCost)
  return {
    kind: 'pareto',
    id: slug(suite, column),
    title: `${suite}: ${column}`,
    subtitle: `${itemsAndSeeds(scoreColumns(scored, column), sharedPrecision(entries))}; 95 % confidence intervals`,
    xTitle: 'trained parameters',
    xScale: 'log',
    ...scoreAxis(scored, column),
    points: pointsOf(drawn, compared),
    lines: scored.filter(({entry}) => isLine(entry.method)).map(lineOf),
    paper: [],
  }
}

/**
 * The Pareto figures of one test file of a suite by memory: scores against the peak memory of runs. Engines and precisions
 * differ in memory for the same method, so each has a figure of its own.
 */
export function memoryFigures(entries: readonly ReportEntry[], compared: PairwiseComparison): Pareto[] {
  const {suite, column} = compared
  const measured = scoredEntries(entries, compared).filter(({entry}) => isTrained(entry) && entry.cost.peakMemoryMb)
  const engines = groupBy(measured, ({entry}) => entry.cost.engine)
  return [...engines]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([engine, scored]) => {
      const drawn = memoryCosts(scored)
      const isOneMachine = new Set(scored.flatMap(({entry}) => entry.cost.machines)).size === 1
      const machines = isOneMachine ? '' : ', on different machines or numbers of threads'
      const bars = drawn.some(({costRange}) => costRange) ? ' of scores, and the range of memory over seeds' : ''
      return {
        kind: 'pareto',
        id: slug(suite, column, 'memory', ...(engines.size > 1 ? engine.split(' ') : [])),
        title: `${suite}: ${column}, by peak memory`,
        subtitle: `${itemsAndSeeds(scoreColumns(scored, column))}, ${engine}${machines}; 95 % confidence intervals${bars}`,
        xTitle: `peak memory of the process, ${memoryUnit(scored).name}`,
        xScale: 'linear',
        ...scoreAxis(scored, column),
        points: pointsOf(drawn, compared),
        lines: [],
        paper: [],
      }
    })
}

function scoredEntries(entries: readonly ReportEntry[], {column, recipes}: PairwiseComparison): ScoredEntry[] {
  const label = entryLabels(entries)
  return entries
    .filter(({name}) => recipes.includes(name))
    .map(entry => {
      const {metric} = entry.columns[column]
      return {label: label(entry), entry, metric, estimated: estimateOf(entry.columns[column])}
    })
}

/** The entries with their peak memory as the cost; a range needs two seeds. */
function memoryCosts(scored: readonly ScoredEntry[]): CostedEntry[] {
  const {name, megabytes} = memoryUnit(scored)
  return scored.flatMap(one => {
    const {peakMemoryMb} = one.entry.cost
    if (!peakMemoryMb) return []
    const {mean, min, max} = peakMemoryMb
    const text = (value: number) =>
      (value / megabytes).toLocaleString('en', {maximumFractionDigits: megabytes > 1 ? 2 : 0})
    const range = max > min ? ` (${text(min)} to ${text(max)})` : ''
    return {
      ...one,
      cost: mean / megabytes,
      costRange: max > min ? ([min / megabytes, max / megabytes] as const) : undefined,
      costText: `peak memory ${text(mean)} ${name}${range}`,
    }
  })
}

function memoryUnit(scored: readonly ScoredEntry[]): {readonly name: string; readonly megabytes: number} {
  const most = Math.max(...scored.map(({entry}) => entry.cost.peakMemoryMb?.max ?? 0))
  return most < 1000 ? {name: 'MB', megabytes: 1} : {name: 'GB', megabytes: 1000}
}

const pointsOf = (drawn: readonly CostedEntry[], compared: PairwiseComparison) =>
  paretoPoints(drawn, (better, worse) =>
    isSignificantlyBetter(compared, drawn[better].entry.name, drawn[worse].entry.name),
  )

function scoreAxis([{entry}]: readonly ScoredEntry[], column: string) {
  const {title, unit} = metricAxis(entry.columns[column].metric)
  return {yTitle: title, yUnit: unit}
}

/** The title and the unit of an axis of scores by this metric. */
export const metricAxis = (metric: MetricName): {readonly title: string; readonly unit: ScoreUnit} => ({
  title: METRIC_TITLES[metric],
  unit: metric === 'inverse-perplexity' ? 'perplexity' : 'percent',
})

const METRIC_TITLES: Readonly<Record<MetricName, string>> = {
  accuracy: 'accuracy, %',
  'macro-f1': 'macro F1 × 100',
  matthews: 'Matthews correlation × 100',
  pearson: 'Pearson correlation × 100',
  'inverse-perplexity': 'perplexity (lower is better)',
}

/** Methods without adapters are lines of reference. */
const isLine = (method: string) => ['everything', 'head'].includes(methodNamed(method)?.trains ?? '')

function lineOf({label, entry, metric, estimated: {mean: score, low, high}}: ScoredEntry) {
  const text = entry.method === 'head' ? `${label} alone` : `${label}, ${formatCount(entry.params)} trained`
  return {label: `${text}: ${formatScore(score, metric)}`, score, low, high, by: 'ours' as const}
}

const scoreColumns = (scored: readonly ScoredEntry[], column: string) => scored.map(({entry}) => entry.columns[column])
