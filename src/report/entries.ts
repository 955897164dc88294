import {compareText, groupBy} from '../base/group-by.ts'
import {nameOf, type Row} from '../results/row.ts'
import type {MetricName} from '../statistics/item-variance.ts'
import {assignSuites} from './suites.ts'

/** A row, and what tells its setup: equal for runs that differ in nothing but their seed. */
export interface ReportedRun {
  readonly row: Row
  readonly setup: string
  /** The processor and system it ran on, where its folder records them. */
  readonly machine?: string
}

/** How one test file was answered, by seed. */
export interface ScoreColumn {
  readonly metric: MetricName
  /** Items. */
  readonly n: number
  readonly bySeed: ReadonlyMap<number, number>
}

/** All that was run of one recipe with the same overrides. */
export interface ReportEntry {
  /** Its own among entries: the recipe's, with the overrides where there are any. */
  readonly name: string
  readonly recipe: string
  /** `gsm8k/mini`: recipes of one suite are compared with each other. */
  readonly suite: string
  readonly method: string
  readonly settings: string
  /** Overrides of the recipe, as rows tell them. */
  readonly set?: string
  readonly params: number
  readonly headParams?: number
  readonly model: string
  /** Rows of the paper's tables that the recipe repeats. */
  readonly cells: readonly string[]
  /** Ascending. */
  readonly seeds: readonly number[]
  /** The row of each seed that counts: answers and losses belong to a row. */
  readonly rows: readonly Row[]
  readonly columns: Readonly<Record<string, ScoreColumn>>
  /** Mean wall time of a run. */
  readonly seconds: number
}

/**
 * Rows by recipe and overrides, sorted by name. Where one of these was run in several setups, the one that finished last
 * counts; where one seed was, its last run. `warnings` tells what was left out.
 */
export function buildEntries(told: readonly ReportedRun[]): {
  readonly entries: readonly ReportEntry[]
  readonly warnings: readonly string[]
} {
  const entries: Omit<ReportEntry, 'suite'>[] = []
  const warnings: string[] = []
  for (const [name, all] of [...groupBy(told, ({row}) => nameOf(row))].sort(([a], [b]) => compareText(a, b))) {
    const sorted = all.toSorted((a, b) => compareText(a.row.finished, b.row.finished))
    const {setup} = sorted.at(-1)!
    const rows = sorted.filter(one => one.setup === setup).map(({row}) => row)
    const left = all.length - rows.length
    if (left > 0)
      warnings.push(`${name}: ${left} of ${all.length} runs are of another setup than the last, and left out`)
    entries.push(buildEntry(rows))
    const without = rows.filter(({scores}) => Object.values(scores).some(({score}) => Number.isNaN(score)))
    for (const {seed} of without) warnings.push(`${name}: seed ${seed} has a score without a value, which is left out`)
  }
  return {entries: assignSuites(entries), warnings}
}

/** Of rows of one setup, in the order of time. */
function buildEntry(rows: readonly Row[]): Omit<ReportEntry, 'suite'> {
  const last = rows.at(-1)!
  const {recipe, method, settings, set, params, headParams, model, cells = []} = last
  const bySeed = [...new Map(rows.map(row => [row.seed, row])).values()].toSorted((a, b) => a.seed - b.seed)
  const column = (name: string): (readonly [string, ScoreColumn])[] => {
    const all = bySeed.flatMap(({seed, scores}) => (Object.hasOwn(scores, name) ? [[seed, scores[name]] as const] : []))
    const scored = all.filter(([, {score}]) => !Number.isNaN(score))
    if (scored.length === 0) return []
    const {metric = 'accuracy', n} = scored.at(-1)![1]
    return [[name, {metric, n, bySeed: new Map(scored.map(([seed, {score}]) => [seed, score]))}]]
  }
  return {
    name: nameOf(last),
    recipe,
    method,
    settings,
    ...(set === undefined ? {} : {set}),
    params,
    ...(headParams === undefined ? {} : {headParams}),
    model,
    cells,
    seeds: bySeed.map(({seed}) => seed),
    rows: bySeed,
    columns: Object.assign(Object.create(null), Object.fromEntries(Object.keys(last.scores).flatMap(column))), // a column may be called toString
    seconds: bySeed.reduce((sum, {seconds}) => sum + seconds, 0) / bySeed.length,
  }
}
