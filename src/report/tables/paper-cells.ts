import type {Entry} from '../entries.ts'
import type {PaperRow} from '../paper.ts'
import type {Estimate, Measured} from '../statistics/estimate.ts'
import {estimate} from '../statistics/estimate.ts'
import {itemVariance, type Metric} from '../statistics/items.ts'
import {type Judged, judge, type Printed, type Verdict} from '../statistics/verdict.ts'

/** A printed score, and what we have of it. */
export interface PaperCell {
  readonly cell: string
  readonly column: string
  /** 0 to 1, though printed × 100. */
  readonly printed: number
  readonly verdict: Verdict
  readonly ours?: Estimate
  /** Absent where the verdict is `incomplete`. */
  readonly judged?: Judged
  /** Why it is incomplete. */
  readonly lacks?: string
}

/** What is scored in a column: the name that recipes give it, where that is another, and the items of its test set. */
interface TestSet {
  readonly name?: string
  readonly items: number
  readonly metric?: Metric
}

/** Items: the published test splits, GLUE's dev sets (MNLI's matched one). */
const TEST_SETS: Readonly<Record<string, TestSet>> = {
  gsm8k: {items: 1319},
  math: {items: 5000},
  step39000: {name: 'gsm8k', items: 1319},
  step143000: {name: 'gsm8k', items: 1319},
  boolq: {items: 3270},
  piqa: {items: 1838},
  siqa: {name: 'social_i_qa', items: 1954},
  hellaswag: {items: 10_042},
  winogrande: {items: 1267},
  arc_easy: {name: 'ARC-Easy', items: 2376},
  arc_challenge: {name: 'ARC-Challenge', items: 1172},
  obqa: {name: 'openbookqa', items: 500},
  mnli: {items: 9815},
  sst2: {items: 872},
  mrpc: {items: 408},
  cola: {items: 1043, metric: 'matthews'},
  qnli: {items: 5463},
  qqp: {items: 40_430},
  rte: {items: 277},
  stsb: {items: 1500, metric: 'pearson'},
  cifar100: {items: 10_000},
  flowers102: {items: 6149},
  food101: {items: 25_250},
  resisc45: {items: 6300},
}

/** Judges one score of a row by the entries that repeat the row: one, or one for each column. */
export function paperCell(row: PaperRow, column: string, entries: readonly Entry[]): PaperCell {
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
  const judged = judge(theirs(row, parts, printed), measured)
  return {cell, column, printed, verdict: judged.verdict, ours: estimate(measured), judged}
}

/** What the entries that repeat a row scored in one of its columns; undefined where that was not run. */
export function measure(
  row: Pick<PaperRow, 'scores'>,
  column: string,
  entries: readonly Entry[],
): Measured | undefined {
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

/** The column of the entry that has it; the two checkpoints of table 6 have the same column, and tell by their names. */
function ours(part: Part, entries: readonly Entry[]): Ours | undefined {
  const {column, name = column} = part
  const isOwn = ({recipe}: Entry) => !column.startsWith('step') || recipe.split('/').includes(column)
  const entry = entries.find(entry => isOwn(entry) && entry.columns[name])
  return entry && {...part, ...entry.columns[name]}
}

/** The seeds that all parts have, each seed's scores summed. */
function combined(parts: readonly Ours[]): Measured {
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

function theirs({scores}: PaperRow, parts: readonly Part[], score: number): Printed {
  const variance = (sum: number, {column, weight, items, metric}: Part) =>
    sum + weight ** 2 * itemVariance(scores[column] / 100, items, metric)
  return {score, itemVariance: parts.reduce(variance, 0)}
}
