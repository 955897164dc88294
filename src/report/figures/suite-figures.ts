import {methodNamed} from '../../adapters/index.ts'
import {formatCount} from '../../base/pluralize.ts'
import {formatPercent, seedsText} from '../../results/score-text.ts'
import type {Pareto} from '../draw/pareto-figure.ts'
import type {ReportEntry} from '../entries.ts'
import {isSignificantlyBetter, type PairwiseComparison} from '../suite-comparison.ts'
import {entryLabels} from '../tables/labels.ts'
import {slug} from '../tables/slug.ts'
import {estimateOf} from '../tables/suite-table.ts'
import {paretoPoints, type ScoredEntry} from './pareto-points.ts'

/** The Pareto figure of one test file of a suite: scores against trained parameters. */
export function suiteFigure(entries: readonly ReportEntry[], compared: PairwiseComparison): Pareto {
  const {suite, column} = compared
  const label = entryLabels(entries)
  const scored = entries
    .filter(({columns}) => column in columns)
    .map(entry => ({label: label(entry), entry, estimated: estimateOf(entry.columns[column])}))
  const drawn = scored
    .filter(({entry: {method, params}}) => !isLine(method) && params > 0)
    .map(({estimated, ...one}) => ({...one, estimated: {...estimated, seeds: one.entry.seeds.length}}))
  const {metric, n} = scored[0].entry.columns[column]
  return {
    kind: 'pareto',
    id: slug(suite, column),
    title: `${suite}: ${column}`,
    subtitle: `${formatCount(n)} items, ${seedsOf(scored)}; 95 % confidence intervals`,
    yTitle: metric === 'accuracy' ? 'accuracy, %' : `${metric} × 100`,
    points: paretoPoints(drawn, (better, worse) =>
      isSignificantlyBetter(compared, drawn[better].entry.name, drawn[worse].entry.name),
    ),
    lines: scored.filter(({entry}) => isLine(entry.method)).map(lineOf),
    paper: [],
  }
}

/** Methods without adapters are lines of reference. */
const isLine = (method: string) => ['everything', 'head'].includes(methodNamed(method)?.trains ?? '')

function lineOf({label, entry, estimated: {mean: score}}: ScoredEntry) {
  const text = entry.method === 'head' ? `${label} alone` : `${label}, ${formatCount(entry.params)} trained`
  return {label: `${text}: ${formatPercent(score)}`, score, by: 'ours' as const}
}

function seedsOf(scored: readonly ScoredEntry[]): string {
  const counts = scored.map(({entry}) => entry.seeds.length)
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? seedsText(most) : `${least} to ${most} seeds`
}
