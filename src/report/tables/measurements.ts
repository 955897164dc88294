import {compareText, groupBy, sum} from '../../base/collections.ts'
import type {PaperRow} from '../../paper/rows.ts'
import {TEST_SETS, type TestSet} from '../../paper/test-sets.ts'
import {isSameRun, PAPER_VERSIONS} from '../../paper/versions.ts'
import type {ScoresWithError} from '../../statistics/estimate.ts'
import {itemVariance, leastScore} from '../../statistics/item-variance.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {PublishedScore} from '../../statistics/verdict.ts'
import type {ReportEntry} from '../entries.ts'

/**
 * The entries that reproduce a row of the paper, of either version: those without overrides if there are any, else those with the overrides
 * that ran last, which a table must name.
 */
export function entriesForCell(cell: string, entries: readonly ReportEntry[]): readonly ReportEntry[] {
  return withoutOverrides(entries.filter(({cells}) => isSameRun(cells, cell)))
}

/** The entries without overrides; if there are none, those with the overrides that ran last. */
export function withoutOverrides(all: readonly ReportEntry[]): readonly ReportEntry[] {
  const plain = all.filter(({set}) => set === undefined)
  if (plain.length > 0) return plain
  const last = all.toSorted((a, b) => compareText(lastFinished(a), lastFinished(b))).at(-1)
  return all.filter(({set}) => set === last?.set)
}

const lastFinished = ({rows}: ReportEntry): string =>
  rows.reduce((last, {finished}) => (compareText(finished, last) > 0 ? finished : last), '')

/** Our scores in one column of a row of the paper. */
export interface Measurement {
  /** The test sets that the column is computed from. */
  readonly parts: readonly WeightedPart[]
  /** The parts that were run. */
  readonly measured: readonly MeasuredPart[]
  /** The recipes and columns of our scores: `gsm8k/gemma-2b/svft-plain: gsm8k`. */
  readonly name: string
  /** The scores by seed; undefined if a part was not run or no seed has all parts. */
  readonly scores?: ScoresWithError
}

export function measure(row: Pick<PaperRow, 'scores'>, column: string, entries: readonly ReportEntry[]): Measurement {
  const parts = partsOf(row, column)
  const measured = parts.flatMap(part => measurePart(part, entries))
  const name = [...groupBy(measured, ({entry}) => entry.name)]
    .map(([name, own]) => `${name}: ${own.map(({column, name = column}) => name).join(', ')}`)
    .join('; ')
  return {parts, measured, name, scores: measured.length < parts.length ? undefined : combineParts(measured)}
}

/** A test set that counts with a weight: an average is the weighted sum of its columns. */
interface WeightedPart extends TestSet {
  readonly column: string
  readonly weight: number
}

interface MeasuredPart extends WeightedPart {
  readonly entry: ReportEntry
  /** The items that were scored; `items` are those of the whole test set. */
  readonly n: number
  readonly bySeed: ReadonlyMap<number, number>
}

/** A test set of which only some items were scored. */
export const partialPart = ({measured}: Measurement): MeasuredPart | undefined =>
  measured.find(({n, items}) => n < items)

/** The test sets that a column of a row is computed from. */
function partsOf({scores}: Pick<PaperRow, 'scores'>, column: string): WeightedPart[] {
  const part = (name: string, weight: number) => ({column: name, weight, ...TEST_SETS[name]})
  if (column === 'gain') return [part('step143000', 1), part('step39000', -1)]
  if (column === 'perf') return [part('gsm8k', 1 / 2), part('math', 1 / 2)]
  if (column !== 'average') return [part(column, 1)]
  const names = Object.keys(scores).filter(name => name !== 'average')
  return names.map(name => part(name, 1 / names.length))
}

/**
 * The scores of the entry that has a part; none if it was not run, or scored by another metric. Both checkpoints of table 6
 * have the same column, and the step in their recipes' names.
 */
function measurePart(part: WeightedPart, entries: readonly ReportEntry[]): MeasuredPart[] {
  const {column, name = column, metric = 'accuracy'} = part
  const isOwn = ({recipe}: ReportEntry) => !column.startsWith('step') || recipe.split('/').includes(column)
  const entry = entries.find(entry => isOwn(entry) && entry.columns[name]?.metric === metric)
  return entry ? [{...part, n: entry.columns[name].n, bySeed: entry.columns[name].bySeed, entry}] : []
}

/** The weighted sum of all parts, for each seed that every part has; undefined without such a seed. */
function combineParts(parts: readonly MeasuredPart[]): ScoresWithError | undefined {
  const seeds = [...parts[0].bySeed.keys()].filter(seed => parts.every(({bySeed}) => bySeed.has(seed)))
  if (seeds.length === 0) return undefined
  const scoresOf = ({bySeed}: MeasuredPart) => seeds.map(seed => bySeed.get(seed) ?? Number.NaN)
  const columns = parts.map(scoresOf)
  const scores = seeds.map((_, i) => parts.reduce((sum, {weight}, part) => sum + weight * columns[part][i], 0))
  const variance = parts.reduce(
    (sum, {weight, n, metric}, part) => sum + weight ** 2 * itemVariance(mean(columns[part]), n, metric),
    0,
  )
  const [only, ...others] = parts
  const isShare = others.length === 0 && (only.metric ?? 'accuracy') === 'accuracy'
  const least = sum(parts.map(({weight, metric}) => weight * leastScore(metric)))
  return {scores, itemVariance: variance, n: isShare ? only.n : undefined, least}
}

/** A printed score, 0 to 1, with the sampling error of the test sets behind it. */
export function publishedScore(row: PaperRow, parts: readonly WeightedPart[], score: number): PublishedScore {
  const scores = printedScores(row)
  const variance = (sum: number, {column, weight, items, metric}: WeightedPart) =>
    sum + weight ** 2 * itemVariance((scores[column] ?? 100 * score) / 100, items, metric)
  return {score, itemVariance: parts.reduce(variance, 0)}
}

/** The printed scores of a row; a mean of GSM-8K and MATH with those of the same run in another row, if one prints them. */
function printedScores({cell, scores}: PaperRow): PaperRow['scores'] {
  if (!('perf' in scores)) return scores
  const rows = Object.values(PAPER_VERSIONS).flatMap(({rows}) => rows)
  return {...rows.find(other => 'math' in other.scores && isSameRun([other.cell], cell))?.scores, ...scores}
}
