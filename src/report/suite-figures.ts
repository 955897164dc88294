import {estimateText, percent, seedsText, whole} from '../results/score-text.ts'
import type {Pareto, ParetoPoint} from './draw/pareto-figure.ts'
import type {ReportEntry} from './entries.ts'
import {standings} from './frontier.ts'
import {beats, type PairwiseComparison} from './suite-comparison.ts'
import {idOf} from './tables/id.ts'
import {labelsOf} from './tables/names.ts'
import {estimateOf} from './tables/suite-table.ts'

/** Score against parameters of one test file of a suite. */
export function suitePareto(entries: readonly ReportEntry[], compared: PairwiseComparison): Pareto {
  const {suite, column} = compared
  const named = {column, labels: labelsOf(entries)}
  const scored = entries.filter(({columns}) => column in columns)
  const points = pointsOf(
    scored.filter(({method, params}) => !isLine(method) && params > 0),
    compared,
    named,
  )
  const {metric, n} = scored[0].columns[column]
  return {
    kind: 'pareto',
    id: idOf(suite, column),
    title: `${suite}: ${column}`,
    subtitle: `${whole(n)} items, ${seedsOf(scored)}; 95 % confidence intervals`,
    yTitle: metric === 'accuracy' ? 'accuracy, %' : `${metric} × 100`,
    points,
    lines: scored.filter(({method}) => isLine(method)).map(entry => lineOf(entry, named)),
    paper: [],
  }
}

interface Named {
  readonly column: string
  readonly labels: ReadonlyMap<string, string>
}

function pointsOf(
  entries: readonly ReportEntry[],
  compared: PairwiseComparison,
  {column, labels}: Named,
): ParetoPoint[] {
  const points = entries.map(entry => {
    const found = estimateOf(entry.columns[column])
    const {mean: score, low, high} = found
    const label = labels.get(entry.name)!
    const tip = [label, estimateText(found), `${whole(entry.params)} trained`, seedsText(entry.seeds.length)]
    return {label, method: entry.method, params: entry.params, name: entry.name, score, low, high, tip}
  })
  const standing = standings(points, (better, worse) => beats(compared, better.name, worse.name))
  return points.map(({name: _, ...point}, i) => ({...point, standing: standing[i]}))
}

const isLine = (method: string) => method === 'full' || method === 'head'

function lineOf(entry: ReportEntry, {column, labels}: Named) {
  const {mean: score} = estimateOf(entry.columns[column])
  const label = labels.get(entry.name)
  const what = entry.method === 'head' ? `${label} alone` : `${label}, ${whole(entry.params)} trained`
  return {label: `${what}: ${percent(score)}`, score, by: 'ours' as const}
}

function seedsOf(entries: readonly ReportEntry[]): string {
  const counts = entries.map(({seeds}) => seeds.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? seedsText(most) : `${least} to ${most} seeds`
}
