import {methodNamed} from '../../adapters/index.ts'
import {formatCount} from '../../base/pluralize.ts'
import {estimateText, formatPercent, seedsText} from '../../results/score-text.ts'
import type {Pareto, ParetoPoint} from '../draw/pareto-figure.ts'
import type {ReportEntry} from '../entries.ts'
import {frontierPositions} from '../frontier.ts'
import {isSignificantlyBetter, type PairwiseComparison} from '../suite-comparison.ts'
import {entryLabels} from '../tables/labels.ts'
import {slug} from '../tables/slug.ts'
import {estimateOf} from '../tables/suite-table.ts'

/** The Pareto figure of one test file of a suite: scores against trained parameters. */
export function suiteFigure(entries: readonly ReportEntry[], compared: PairwiseComparison): Pareto {
  const {suite, column} = compared
  const named = {column, label: entryLabels(entries)}
  const scored = entries.filter(({columns}) => column in columns)
  const points = pointsOf(
    scored.filter(({method, params}) => !isLine(method) && params > 0),
    compared,
    named,
  )
  const {metric, n} = scored[0].columns[column]
  return {
    kind: 'pareto',
    id: slug(suite, column),
    title: `${suite}: ${column}`,
    subtitle: `${formatCount(n)} items, ${seedsOf(scored)}; 95 % confidence intervals`,
    yTitle: metric === 'accuracy' ? 'accuracy, %' : `${metric} × 100`,
    points,
    lines: scored.filter(({method}) => isLine(method)).map(entry => lineOf(entry, named)),
    paper: [],
  }
}

interface Labelling {
  readonly column: string
  readonly label: (entry: {readonly name: string}) => string
}

function pointsOf(
  entries: readonly ReportEntry[],
  compared: PairwiseComparison,
  {column, label: labelOf}: Labelling,
): ParetoPoint[] {
  const points = entries.map(entry => {
    const found = estimateOf(entry.columns[column])
    const {mean: score, low, high} = found
    const label = labelOf(entry)
    const tip = [label, estimateText(found), `${formatCount(entry.params)} trained`, seedsText(entry.seeds.length)]
    return {label, method: entry.method, params: entry.params, name: entry.name, score, low, high, tip}
  })
  const standing = frontierPositions(points, (better, worse) =>
    isSignificantlyBetter(compared, better.name, worse.name),
  )
  return points.map(({name: _, ...point}, i) => ({...point, standing: standing[i]}))
}

/** Methods without adapters are lines of reference. */
const isLine = (method: string) => ['everything', 'head'].includes(methodNamed(method)?.trains ?? '')

function lineOf(entry: ReportEntry, {column, label: labelOf}: Labelling) {
  const {mean: score} = estimateOf(entry.columns[column])
  const label = labelOf(entry)
  const what = entry.method === 'head' ? `${label} alone` : `${label}, ${formatCount(entry.params)} trained`
  return {label: `${what}: ${formatPercent(score)}`, score, by: 'ours' as const}
}

function seedsOf(entries: readonly ReportEntry[]): string {
  const counts = entries.map(({seeds}) => seeds.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? seedsText(most) : `${least} to ${most} seeds`
}
