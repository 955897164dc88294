import {getOrAdd, memoizeByObject} from '../base/memoize.ts'
import {type Comparison, comparePairs, PAIR_ALPHA, type ScoredMethod} from '../statistics/compare.ts'
import {type Estimate, estimate, type SeedScores} from '../statistics/estimate.ts'
import {itemVariance, leastScore} from '../statistics/item-variance.ts'
import {mean} from '../statistics/mean-variance.ts'
import type {ItemScores} from '../statistics/paired-items.ts'
import {isTrained, type ReportEntry, type ScoreColumn} from './entries.ts'
import type {ItemResults} from './item-results.ts'

/** The comparisons of every two comparable entries of a suite on one test file; `a` and `b` are indices into `recipes`. */
export interface PairwiseComparison {
  readonly suite: string
  readonly column: string
  /** The entries' names: recipes with their overrides. */
  readonly recipes: readonly string[]
  readonly pairs: readonly Comparison[]
}

interface ColumnItems {
  readonly column: string
  /** The predictions of the entries' runs, as far as they are known. */
  readonly itemResults?: readonly ItemResults[]
}

/** Compares every two entries with scores on a test file; those of a suite only if `findComparable` has them among the compared. */
export function compareColumn(
  entries: readonly ReportEntry[],
  {column, itemResults = []}: ColumnItems,
): PairwiseComparison {
  const scored = entries.filter(({columns}) => column in columns)
  const [{suite}] = entries
  const contenders = scored.map(entry => ({
    measured: seedScoresOf(entry.columns[column]),
    items: itemScoresOf(entry, {column, itemResults}),
    isUntrained: !isTrained(entry),
  }))
  return {
    suite,
    column,
    recipes: scored.map(({name}) => name),
    pairs: comparePairs(dropFewerItems(contenders)),
  }
}

/** The compared entries with their mean scores, the best first. */
export const rankEntries = (
  entries: readonly ReportEntry[],
  {column, recipes}: PairwiseComparison,
): readonly {readonly entry: ReportEntry; readonly score: number}[] =>
  entries
    .filter(({name}) => recipes.includes(name))
    .map(entry => ({entry, score: estimateOf(entry.columns[column]).mean}))
    .toSorted((a, b) => b.score - a.score)

/** Whether one entry, by its name, scores significantly higher than another after Holm's correction. */
export const isSignificantlyBetter = (compared: PairwiseComparison, better: string, worse: string): boolean =>
  significantlyWorse(compared).get(better)?.has(worse) ?? false

/** The names of the entries than which each one scores significantly higher. */
const significantlyWorse = memoizeByObject(({recipes, pairs}: PairwiseComparison) => {
  const worse = new Map<string, Set<string>>()
  const add = (higher: number, lower: number) => getOrAdd(worse, recipes[higher], () => new Set()).add(recipes[lower])
  for (const {a, b, difference} of pairs.filter(({holm}) => holm < PAIR_ALPHA)) {
    if (difference > 0) add(a, b)
    if (difference < 0) add(b, a)
  }
  return worse
})

/** The scores of a column with their sampling error. */
export function seedScoresOf({metric, n, bySeed, se}: ScoreColumn): SeedScores {
  const scores = [...bySeed.values()]
  const variance = itemVariance(mean(scores), n, metric, se)
  return {scores, itemVariance: variance, n: metric === 'accuracy' ? n : undefined, least: leastScore(metric)}
}

/** The mean score of an entry in one column, with its confidence interval. */
export const estimateOf = (column: ScoreColumn): Estimate => estimate(seedScoresOf(column))

/** Drops the predictions of methods with fewer items than the others, so that predictions are compared on the same items. */
export function dropFewerItems(contenders: readonly ScoredMethod[]): ScoredMethod[] {
  const most = Math.max(...contenders.map(({items}) => items?.[0].length ?? 0))
  return contenders.map(one => (one.items?.[0].length === most ? one : {...one, items: undefined}))
}

/** The items' scores of each seed; undefined unless every seed has all n items. */
export function itemScoresOf(
  {rows, columns}: ReportEntry,
  {column, itemResults = []}: ColumnItems,
): readonly ItemScores[] | undefined {
  const {n, bySeed} = columns[column]
  const scored = rows.filter(({seed}) => bySeed.has(seed))
  const items = scored.flatMap(row => itemResults.find(one => one.row === row && one.column === column)?.items ?? [])
  return items.length === bySeed.size && items.every(({length}) => length === n) ? items : undefined
}
