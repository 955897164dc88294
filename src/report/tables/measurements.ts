import {compareText, groupBy} from '../../base/group-by.ts'
import type {PaperRow} from '../../paper/rows.ts'
import type {SeedScores} from '../../statistics/estimate.ts'
import {itemVariance} from '../../statistics/item-variance.ts'
import {mean} from '../../statistics/mean-variance.ts'
import type {PublishedScore} from '../../statistics/verdict.ts'
import type {ReportEntry} from '../entries.ts'
import {TEST_SETS, type TestSet} from './test-sets.ts'

/**
 * The entries that reproduce a row of the paper: those of the recipe as it is, where it was run; else those with the
 * overrides that ran last, which a table must name.
 */
export function entriesForCell(cell: string, entries: readonly ReportEntry[]): readonly ReportEntry[] {
  const all = entries.filter(({cells}) => cells.includes(cell))
  const plain = all.filter(({set}) => set === undefined)
  if (plain.length > 0) return plain
  const last = all.toSorted((a, b) => compareText(lastFinished(a), lastFinished(b))).at(-1)
  return all.filter(({set}) => set === last?.set)
}

const lastFinished = ({rows}: ReportEntry): string =>
  rows.reduce((last, {finished}) => (compareText(finished, last) > 0 ? finished : last), '')

/** The name of the scores of ours that a cell is compared with: `gsm8k/gemma-2b/svft-plain: gsm8k`. */
export function measurementName(
  row: Pick<PaperRow, 'scores'>,
  column: string,
  entries: readonly ReportEntry[],
): string {
  const found = partsOf(row, column).flatMap(part => {
    const entry = entryOf(part, entries)
    return entry ? [{name: entry.name, column: part.name ?? part.column}] : []
  })
  return [...groupBy(found, ({name}) => name)]
    .map(([name, parts]) => `${name}: ${parts.map(({column}) => column).join(', ')}`)
    .join('; ')
}

/** Our scores in one column of a row, by seed; undefined where a part of them was not run or no seed has all parts. */
export function seedScores(
  row: Pick<PaperRow, 'scores'>,
  column: string,
  entries: readonly ReportEntry[],
): SeedScores | undefined {
  const measured = measureParts(partsOf(row, column), entries)
  if (!measured.every(part => part !== undefined)) return undefined
  const scores = combineParts(measured)
  return scores.scores.length === 0 ? undefined : scores
}

/** A test set that counts with a weight: an average is the weighted sum of its columns. */
interface WeightedPart extends TestSet {
  readonly column: string
  readonly weight: number
}

/** The test sets that a column of a row is computed from. */
export function partsOf({scores}: Pick<PaperRow, 'scores'>, column: string): WeightedPart[] {
  const part = (name: string, weight: number) => ({column: name, weight, ...TEST_SETS[name]})
  if (column === 'gain') return [part('step143000', 1), part('step39000', -1)]
  if (column !== 'average') return [part(column, 1)]
  const names = Object.keys(scores).filter(name => name !== 'average')
  return names.map(name => part(name, 1 / names.length))
}

interface MeasuredPart extends WeightedPart {
  /** The items that were scored; `items` are those of the whole test set. */
  readonly n: number
  readonly bySeed: ReadonlyMap<number, number>
}

/** Our scores of each part; undefined for one that was not run. */
export const measureParts = (
  parts: readonly WeightedPart[],
  entries: readonly ReportEntry[],
): (MeasuredPart | undefined)[] =>
  parts.map(part => {
    const entry = entryOf(part, entries)
    return entry && {...part, ...entry.columns[part.name ?? part.column]}
  })

/** The entry that has a column. The two checkpoints of table 6 have the same column, and the step in their recipes' names. */
function entryOf({column, name = column}: WeightedPart, entries: readonly ReportEntry[]): ReportEntry | undefined {
  const isOwn = ({recipe}: ReportEntry) => !column.startsWith('step') || recipe.split('/').includes(column)
  return entries.find(entry => isOwn(entry) && entry.columns[name])
}

/** The weighted sum of all parts, for each seed that every part has. */
export function combineParts(parts: readonly MeasuredPart[]): SeedScores {
  const seeds = [...parts[0].bySeed.keys()].filter(seed => parts.every(({bySeed}) => bySeed.has(seed)))
  const scoresOf = ({bySeed}: MeasuredPart) => seeds.map(seed => bySeed.get(seed) ?? Number.NaN)
  const columns = parts.map(scoresOf)
  const scores = seeds.map((_, i) => parts.reduce((sum, {weight}, part) => sum + weight * columns[part][i], 0))
  const variance = parts.reduce(
    (sum, {weight, n, metric}, part) => sum + weight ** 2 * itemVariance(mean(columns[part]), n, metric),
    0,
  )
  const [only, ...others] = parts
  const isShare = others.length === 0 && (only.metric ?? 'accuracy') === 'accuracy'
  return {scores, itemVariance: variance, n: isShare ? only.n : undefined}
}

/** A printed score, 0 to 1, with the sampling error of the test sets behind it. */
export function publishedScore({scores}: PaperRow, parts: readonly WeightedPart[], score: number): PublishedScore {
  const variance = (sum: number, {column, weight, items, metric}: WeightedPart) =>
    sum + weight ** 2 * itemVariance(scores[column] / 100, items, metric)
  return {score, itemVariance: parts.reduce(variance, 0)}
}
