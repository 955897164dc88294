import type {Pareto, ParetoPoint} from './draw/pareto.ts'
import type {Entry} from './entries.ts'
import {standings} from './frontier.ts'
import {beats, type Compared} from './suite-comparison.ts'
import {idOf} from './tables/id.ts'
import {labelsOf} from './tables/names.ts'
import {estimateText, percent, seedsText, whole} from './tables/numbers.ts'
import {estimateOf} from './tables/suite-table.ts'

/** Score against parameters of one test file of a suite. */
export function suitePareto(entries: readonly Entry[], compared: Compared): Pareto {
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

function pointsOf(entries: readonly Entry[], compared: Compared, {column, labels}: Named): ParetoPoint[] {
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

function lineOf(entry: Entry, {column, labels}: Named) {
  const {mean: score} = estimateOf(entry.columns[column])
  const label = labels.get(entry.name)
  const what = entry.method === 'head' ? `${label} alone` : `${label}, ${whole(entry.params)} trained`
  return {label: `${what}: ${percent(score)}`, score, by: 'ours' as const}
}

function seedsOf(entries: readonly Entry[]): string {
  const counts = entries.map(({seeds}) => seeds.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? seedsText(most) : `${least} to ${most} seeds`
}
