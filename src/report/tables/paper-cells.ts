import {compareText, groupBy} from '../../base/group-by.ts'
import type {PaperRow} from '../../paper/rows.ts'
import type {SeedVariance} from '../../statistics/behrens-fisher.ts'
import type {Estimate, SeedScores} from '../../statistics/estimate.ts'
import {estimate} from '../../statistics/estimate.ts'
import {itemVariance} from '../../statistics/item-variance.ts'
import {detectableDifference} from '../../statistics/power.ts'
import {
  ALPHA,
  errorVariance,
  type JudgedScore,
  judge,
  type PublishedScore,
  type Verdict,
} from '../../statistics/verdict.ts'
import type {ReportEntry} from '../entries.ts'
import {TEST_SETS, type TestSet} from './test-sets.ts'

/** A printed score, and what we have of it. */
export interface PaperCell {
  readonly cell: string
  readonly column: string
  /** 0 to 1, though printed × 100. */
  readonly printed: number
  readonly verdict: Verdict
  readonly ours?: Estimate
  /** Absent where the verdict is `incomplete`. */
  readonly judged?: JudgedScore
  /** The smallest true difference that the test finds, by seeds that vary as ours do; absent where `judged` is. */
  readonly detectable?: number
  /** Why it is incomplete. */
  readonly lacks?: string
  /** Which of our scores is held against it, by recipe and columns; several tables may print a number for one. */
  readonly measurement?: string
}

/**
 * The entries that stand for a row of the paper: those of the recipe as it is, where it was run; else those with the
 * overrides that ran last, which whoever shows them must name.
 */
export function entriesForCell(cell: string, entries: readonly ReportEntry[]): readonly ReportEntry[] {
  const all = entries.filter(({cells}) => cells.includes(cell))
  if (all.every(({set}) => set !== undefined)) {
    const last = all.toSorted((a, b) => compareText(finishOf(a), finishOf(b))).at(-1)
    return all.filter(({set}) => set === last?.set)
  }
  return all.filter(({set}) => set === undefined)
}

const finishOf = ({rows}: ReportEntry) =>
  rows
    .map(({finished}) => finished)
    .sort(compareText)
    .at(-1)!

/** What a score is judged by. */
export interface Evidence {
  /** Those that repeat the row: one, or one for each column. */
  readonly entries: readonly ReportEntry[]
  /** How much the column's scores vary with the seed, by all rows of the table and the model. */
  readonly common: SeedVariance
}

/** Judges one score of a row. */
export function paperCell(row: PaperRow, column: string, {entries, common}: Evidence): PaperCell {
  const {cell} = row
  const printed = row.scores[column] / 100
  const parts = partsOf(row, column)
  const found = parts.map(part => ours(part, entries))
  const missing = found.filter(one => one === undefined).length
  if (missing > 0) {
    const lacks = parts.length === 1 ? 'not run' : `${missing} of ${parts.length} columns not run`
    return {cell, column, printed, verdict: 'incomplete', lacks}
  }
  const all = found.filter(one => one !== undefined)
  const measured = combined(all)
  if (measured.scores.length === 0) {
    return {cell, column, printed, verdict: 'incomplete', lacks: 'no seed was run in all columns'}
  }
  const few = all.find(({n, items}) => n < items)
  if (few) {
    const lacks = `${few.n} of ${few.items} items`
    return {cell, column, printed, verdict: 'incomplete', ours: estimate(measured), lacks}
  }
  const paper = theirs(row, parts, printed)
  const judged = judge(paper, measured, common)
  return {
    cell,
    column,
    printed,
    verdict: judged.verdict,
    ours: estimate(measured),
    judged,
    detectable: detectableDifference(errorVariance(paper, measured, common), ALPHA),
    measurement: measurementName(row, column, entries),
  }
}

/**
 * Cells that hold one measurement against one and the same number, which several tables print, are one test: they share the
 * verdict of the table whose rows tell most of how seeds vary, the first of these.
 */
export function shareVerdicts(cells: readonly PaperCell[]): PaperCell[] {
  const best = new Map([...tests(cells)].map(([key, alike]) => [key, alike.toSorted(byDegrees)[0]]))
  return cells.map(cell => {
    const {judged, verdict, detectable} = best.get(testOf(cell)) ?? cell
    return judged ? {...cell, judged, verdict, detectable: detectable!} : cell
  })
}

/** One cell of each test; those that are not judged are none. */
export const distinctComparisons = (cells: readonly PaperCell[]): PaperCell[] =>
  [...tests(cells).values()].map(([one]) => one)

const tests = (cells: readonly PaperCell[]) =>
  groupBy(
    cells.filter(({judged}) => judged),
    testOf,
  )

const testOf = ({measurement, printed}: PaperCell) => `${measurement} ${printed}`

const byDegrees = (a: PaperCell, b: PaperCell) => b.judged!.degrees - a.judged!.degrees

/** Which scores of ours a cell is about: `gsm8k/gemma-2b/svft-plain: gsm8k`. */
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

/** What the entries that repeat a row scored in one of its columns; undefined where that was not run. */
export function seedScores(
  row: Pick<PaperRow, 'scores'>,
  column: string,
  entries: readonly ReportEntry[],
): SeedScores | undefined {
  const found = partsOf(row, column).map(part => ours(part, entries))
  if (found.some(one => one === undefined)) return undefined
  const measured = combined(found.filter(one => one !== undefined))
  return measured.scores.length === 0 ? undefined : measured
}

/** A column counts this often in a number: an average is the sum of its columns' shares. */
interface Part extends TestSet {
  readonly column: string
  readonly weight: number
}

function partsOf({scores}: Pick<PaperRow, 'scores'>, column: string): Part[] {
  const part = (name: string, weight: number) => ({column: name, weight, ...TEST_SETS[name]})
  if (column === 'gain') return [part('step143000', 1), part('step39000', -1)]
  if (column !== 'average') return [part(column, 1)]
  const names = Object.keys(scores).filter(name => name !== 'average')
  return names.map(name => part(name, 1 / names.length))
}

interface Ours extends Part {
  readonly n: number
  readonly bySeed: ReadonlyMap<number, number>
}

function ours(part: Part, entries: readonly ReportEntry[]): Ours | undefined {
  const {column, name = column} = part
  const entry = entryOf(part, entries)
  return entry && {...part, ...entry.columns[name]}
}

/** The entry that has a column; the two checkpoints of table 6 have the same column, and tell by their names. */
function entryOf({column, name = column}: Part, entries: readonly ReportEntry[]): ReportEntry | undefined {
  const isOwn = ({recipe}: ReportEntry) => !column.startsWith('step') || recipe.split('/').includes(column)
  return entries.find(entry => isOwn(entry) && entry.columns[name])
}

/** The seeds that all parts have, each seed's scores summed. */
function combined(parts: readonly Ours[]): SeedScores {
  const seeds = [...parts[0].bySeed.keys()].filter(seed => parts.every(({bySeed}) => bySeed.has(seed)))
  const scores = seeds.map(seed => parts.reduce((sum, {weight, bySeed}) => sum + weight * bySeed.get(seed)!, 0))
  const variance = parts.reduce((sum, {weight, bySeed, n, metric}) => {
    const middle = seeds.reduce((all, seed) => all + bySeed.get(seed)!, 0) / seeds.length
    return sum + weight ** 2 * itemVariance(middle, n, metric)
  }, 0)
  const [only, ...others] = parts
  const isShare = others.length === 0 && (only.metric ?? 'accuracy') === 'accuracy'
  return {scores, itemVariance: variance, ...(isShare ? {n: only.n} : {})}
}

function theirs({scores}: PaperRow, parts: readonly Part[], score: number): PublishedScore {
  const variance = (sum: number, {column, weight, items, metric}: Part) =>
    sum + weight ** 2 * itemVariance(scores[column] / 100, items, metric)
  return {score, itemVariance: parts.reduce(variance, 0)}
}
