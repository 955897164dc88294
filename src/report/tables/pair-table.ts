import {differenceDecimals, formatP, formatSigned} from '../../results/score-text.ts'
import {type Comparison, PAIR_ALPHA} from '../../statistics/compare.ts'
import type {MetricName} from '../../statistics/item-variance.ts'
import type {ReportEntry} from '../entries.ts'
import {type PairwiseComparison, rankEntries} from '../suite-comparison.ts'
import {comparisonNotes} from './comparison-notes.ts'
import {entryLabels} from './labels.ts'
import {slug} from './slug.ts'
import {cells, left, right, type TextTable} from './text-table.ts'

/** The difference and the p-values of every pair of methods on one test file: of each method, the best first, and those below it. */
export function pairTable(entries: readonly ReportEntry[], compared: PairwiseComparison): TextTable {
  const {suite, column, recipes, pairs} = compared
  const label = entryLabels(entries)
  const ranked = rankEntries(entries, compared).map(({entry}) => entry)
  const {metric} = ranked[0].columns[column]
  const rows = ranked.flatMap((entry, i) =>
    ranked.slice(i + 1).flatMap(other => {
      const pair = pairOf(pairs, recipes.indexOf(entry.name), recipes.indexOf(other.name))
      if (!pair) return []
      return [cells(label(entry), label(other), differenceText(pair, metric), ...[pair.p, pair.holm].map(pText))]
    }),
  )
  const unit = metric === 'inverse-perplexity' ? '100 / perplexity' : 'score × 100'
  return {
    id: slug(suite, column, 'p-values'),
    title: `${suite}, ${column}: differences of all pairs, ${unit} [95 % confidence interval]`,
    head: [left('a'), left('b'), right('a − b'), right('p'), right('p, Holm')],
    rows,
    notes: [...comparisonNotes(entries, compared), 'Intervals and p are of each pair alone.'],
  }
}

/** The comparison of `a` minus `b`, by their indices; undefined if they were not tested. */
function pairOf(pairs: readonly Comparison[], a: number, b: number): Comparison | undefined {
  const pair = pairs.find(pair => (pair.a === a && pair.b === b) || (pair.a === b && pair.b === a))
  return pair && pair.a !== a ? {...pair, a, b, difference: -pair.difference} : pair
}

/** `+3.1 [+0.4, +5.8]`. */
function differenceText({difference, error}: Comparison, metric: MetricName | undefined): string {
  const text = (points: number) => formatSigned(points, differenceDecimals(error, metric))
  return `${text(difference)} [${text(difference - error)}, ${text(difference + error)}]`
}

const pText = (p: number): string => formatP(p, PAIR_ALPHA)
