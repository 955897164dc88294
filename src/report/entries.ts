import {compact, compareText, groupBy} from '../base/collections.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {isWritten} from '../recipes/file/splits.ts'
import {isTrial} from '../recipes/file/suite.ts'
import {countedScore, lacksValue, nameOf, type Row} from '../results/row.ts'
import {mean} from '../statistics/mean-variance.ts'
import {divergedTexts, leftOutText, withoutValueTexts} from './entry-texts.ts'
import type {ItemResults} from './item-results.ts'
import {distinctTexts, type MachineRow, type MeasuredCost, measureCost} from './measured-cost.ts'
import type {ItemHashes, ScoredItems} from './scored-items.ts'
import {assignSuites} from './suites.ts'

/** A run as its row, with its setup: a text that is equal for runs that differ only in their seed. */
export interface ReportedRun extends MachineRow {
  readonly setup: string
  /** The recipe in its folder; undefined if only the row is at hand. */
  readonly recipe?: Recipe
}

/** A run that diverged, so that it has no row. */
export interface DivergedRun {
  readonly recipe: string
  readonly seed: number
  /** The setup of a finished run that differs from it only in the seed; undefined if there is none. */
  readonly setup: string | undefined
}

/** The scores on one test file, by seed. */
export interface ScoreColumn extends ScoredItems {
  readonly bySeed: ReadonlyMap<number, number>
  /** The seeds whose correlation has no value and counts as 0. */
  readonly withoutValue?: readonly number[] | undefined
  /** The mean over the seeds of the standard error over items, where rows have it. */
  readonly se?: number | undefined
}

/** The fields that the rows of an entry share. */
type SharedFields =
  | 'recipe'
  | 'method'
  | 'settings'
  | 'precision'
  | 'set'
  | 'search'
  | 'searchEdges'
  | 'params'
  | 'headParams'
  | 'model'

/** All runs of one recipe with the same overrides. */
export interface ReportEntry extends Pick<Row, SharedFields> {
  /** Unique: the name of the recipe, with the overrides. */
  readonly name: string
  /** `gsm8k/mini`: recipes of one suite are compared with each other. */
  readonly suite: string
  /** The rows of the paper's tables that the recipe reproduces. */
  readonly cells: readonly string[]
  /** The seeds of its runs, ascending. */
  readonly seeds: readonly number[]
  /** One row per seed, in the order of `seeds`. */
  readonly rows: readonly Row[]
  readonly diverged?: readonly number[] | undefined
  /** Other searches whose values were scored too, as rows that are left out record them; in the order of their runs. */
  readonly earlierSearches: readonly string[]
  readonly columns: Readonly<Record<string, ScoreColumn>>
  /** The mean wall time of a run. */
  readonly seconds: number
  readonly cost: MeasuredCost
}

interface EntrySources {
  readonly itemResults?: readonly ItemResults[]
  readonly diverged?: readonly DivergedRun[] | undefined
}

/**
 * Groups runs by recipe and overrides, sorted by name. Of runs in several setups only those in the setup of the last
 * finished run count, and of several runs with one seed the last. A correlation without a value counts as 0. The warnings name
 * runs that were left out or diverged, and correlations without a value.
 */
export function buildEntries(
  runs: readonly ReportedRun[],
  {itemResults = [], diverged = []}: EntrySources = {},
): {
  readonly entries: readonly ReportEntry[]
  readonly warnings: readonly string[]
} {
  const entries: Omit<ReportEntry, 'suite'>[] = []
  const warnings: string[] = []
  for (const [name, all] of [...groupBy(runs, ({row}) => nameOf(row))].sort(([a], [b]) => compareText(a, b))) {
    const [last, ...earlier] = all.toSorted((a, b) => compareText(a.row.finished, b.row.finished)).toReversed()
    const used = [last, ...earlier.filter(({setup}) => setup === last.setup)]
    const leftOut = earlier.filter(({setup}) => setup !== last.setup)
    const earlierSearches = last.row.search === undefined ? [] : searchesOf(leftOut)
    if (leftOut.length > 0) warnings.push(`${name}: ${leftOutText(leftOut, {all, last, earlierSearches})}`)
    const entry = {...buildEntry(used, itemResults), earlierSearches, diverged: divergedSeeds(used, diverged)}
    entries.push(entry)
    if (!isTrial(entry.recipe)) warnings.push(...divergedTexts(entry).map(text => `${name}: ${text}`)) // svft tune names trials
    warnings.push(...withoutValueTexts(entry).map(text => `${name}, ${text}`))
  }
  return {entries: assignSuites(entries), warnings: [...warnings, ...absentWarnings(runs, diverged)]}
}

/** Warnings of recipes that have no entry because their runs diverged. */
function absentWarnings(runs: readonly ReportedRun[], diverged: readonly DivergedRun[]): string[] {
  const finished = new Set(runs.map(({row}) => row.recipe))
  const absent = diverged.filter(({recipe}) => !finished.has(recipe) && !isTrial(recipe))
  return [...groupBy(absent, ({recipe}) => recipe)].map(
    ([recipe, all]) => `${recipe}: left out: none of its runs finished, and ${all.length} diverged`,
  )
}

/** The seeds of a setup that diverged and have no finished run; undefined without any. */
function divergedSeeds(used: readonly ReportedRun[], diverged: readonly DivergedRun[]): number[] | undefined {
  const [{row, setup}] = used
  const own = diverged.filter(one => one.recipe === row.recipe && one.setup === setup).map(({seed}) => seed)
  const seeds = [...new Set(own)].filter(seed => used.every(run => run.row.seed !== seed))
  return seeds.length === 0 ? undefined : seeds.sort((a, b) => a - b)
}

/** The names of all columns of these entries, sorted. */
export const columnNames = (entries: readonly ReportEntry[]): string[] =>
  [...new Set(entries.flatMap(({columns}) => Object.keys(columns)))].sort()

/** Whether any of its runs trained; a row that only scores a model has no steps. */
export const isTrained = ({rows}: ReportEntry): boolean => rows.some(({steps}) => steps > 0)

/** The search behind each setup, the earliest first. */
function searchesOf(runs: readonly ReportedRun[]): string[] {
  const setups = new Map(runs.map(({setup, row}) => [setup, row.search]))
  return compact([...setups.values()]).reverse()
}

/** Builds the entry of runs of one setup, the last finished first. */
function buildEntry(
  runs: readonly ReportedRun[],
  itemResults: readonly ItemResults[],
): Omit<ReportEntry, 'suite' | 'earlierSearches'> {
  const [{row: last}] = runs
  const {recipe, method, settings, precision, set, search, searchEdges, params, headParams, model, cells = []} = last
  const newest = new Map(runs.toReversed().map(run => [run.row.seed, run]))
  const counted = [...newest.values()].toSorted((a, b) => a.row.seed - b.row.seed)
  const bySeed = counted.map(({row}) => row)
  const columns: Record<string, ScoreColumn> = Object.create(null) // a column may be called toString
  for (const name of Object.keys(last.scores)) {
    const column = buildColumn(name, bySeed, itemResults)
    if (column) columns[name] = column
  }
  return {
    name: nameOf(last),
    recipe,
    method,
    settings,
    precision,
    set,
    search,
    searchEdges,
    params,
    headParams,
    model,
    cells,
    seeds: bySeed.map(({seed}) => seed),
    rows: bySeed,
    columns,
    seconds: mean(bySeed.map(({seconds}) => seconds)),
    cost: measureCost(counted),
  }
}

/** Builds a column from the rows that have a score in it, one per seed; undefined if none has. */
function buildColumn(name: string, rows: readonly Row[], itemResults: readonly ItemResults[]): ScoreColumn | undefined {
  const scored = rows.filter(({scores}) => Object.hasOwn(scores, name) && !Number.isNaN(countedScore(scores[name])))
  const latest = scored.at(-1)
  if (!latest) return undefined
  const {metric = 'accuracy', n} = latest.scores[name]
  const errors = scored.flatMap(({scores}) => scores[name].se ?? [])
  const withoutValue = scored.filter(({scores}) => lacksValue(scores[name])).map(({seed}) => seed)
  const {task} = scored.findLast(row => row.task !== undefined) ?? {}
  return {
    task: task && isWritten(name) ? name : task,
    metric,
    n,
    hashes: hashesOf(scored, name, itemResults),
    se: errors.length > 0 ? mean(errors) : undefined,
    bySeed: new Map(scored.map(({seed, scores}) => [seed, countedScore(scores[name])])),
    withoutValue: withoutValue.length > 0 ? withoutValue : undefined,
  }
}

/** The hashes of the items on which rows were scored, all of them if seeds had items of their own. */
function hashesOf(rows: readonly Row[], column: string, itemResults: readonly ItemResults[]): ItemHashes {
  const own = itemResults.filter(one => one.column === column && rows.includes(one.row))
  const found = own.flatMap(({hashes}) => [...(hashes ?? [])])
  const byKind = groupBy(found, ([kind]) => kind)
  return new Map([...byKind].map(([kind, all]) => [kind, distinctTexts(all.map(([, hash]) => hash)).join(' ')]))
}
