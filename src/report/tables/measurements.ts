import {compareText, groupBy, sum} from '../../base/collections.ts'
import type {PaperRow} from '../../paper/rows.ts'
import {type WeightedPart, weightedParts} from '../../paper/score-parts.ts'
import {isSameRun} from '../../paper/versions.ts'
import type {ScoresWithError} from '../../statistics/estimate.ts'
import {itemVariance, leastScore} from '../../statistics/item-variance.ts'
import {mean} from '../../statistics/mean-variance.ts'
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
  readonly measured: readonly MeasuredPart[]
  /** The recipes and columns of our scores: `gsm8k/gemma-2b/svft-plain: gsm8k`. */
  readonly name: string
  /** The scores by seed; undefined if a part was not run or no seed has all parts. */
  readonly scores?: ScoresWithError
}

export function measure(row: Pick<PaperRow, 'scores'>, column: string, entries: readonly ReportEntry[]): Measurement {
  const parts = weightedParts(row, column)
  const measured = parts.flatMap(part => measurePart(part, entries))
  const name = [...groupBy(measured, ({entry}) => entry.name)]
    .map(([name, own]) => `${name}: ${own.map(({column, name = column}) => name).join(', ')}`)
    .join('; ')
  return {parts, measured, name, scores: measured.length < parts.length ? undefined : combineParts(measured)}
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
  const scores = seeds.map((_, i) => sum(parts.map(({weight}, part) => weight * columns[part][i])))
  const variance = sum(
    parts.map(({weight, n, metric}, part) => weight ** 2 * itemVariance(mean(columns[part]), n, metric)),
  )
  const [only, ...others] = parts
  const isShare = others.length === 0 && (only.metric ?? 'accuracy') === 'accuracy'
  // what is subtracted, as in a gain, is 1 at most
  const least = sum(parts.map(({weight, metric}) => weight * (weight < 0 ? 1 : leastScore(metric))))
  return {scores, itemVariance: variance, n: isShare ? only.n : undefined, least}
}
