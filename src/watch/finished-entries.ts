import {compareText, groupBy} from '../base/collections.ts'
import {buildEntries, type ReportEntry, type ReportedRun} from '../report/entries.ts'
import {setupOf} from '../report/row-setups.ts'
import {recipeSetup} from '../report/sources/recipe-setup.ts'
import {assignSuites} from '../report/suites.ts'
import {nameOf, type Row} from '../results/row.ts'
import {cacheByGroup} from './cached-groups.ts'

/** A finished run: its row and, if it is known, its folder. */
interface EndedRun {
  readonly row: Row
  readonly folder: string | undefined
}

/**
 * Opens the entries of finished runs, sorted by name; as in a report, runs of an edited recipe are kept separate from earlier
 * ones. An entry is rebuilt only if its rows have changed since the last call, and the recipe of a row is read once.
 */
export function openEntries(): (finished: readonly EndedRun[]) => Promise<readonly ReportEntry[]> {
  const build = cacheByGroup((runs: readonly ReportedRun[]) => buildEntries(runs).entries) // those of one name
  const known = new WeakMap<Row, ReportedRun>()

  const readRun = async ({row, folder}: EndedRun): Promise<ReportedRun> => {
    const before = known.get(row)
    if (before) return before
    const found = folder === undefined ? undefined : await recipeSetup(folder, row).catch(() => undefined)
    const run = {row, ...(found ?? {setup: setupOf(row)})}
    known.set(row, run)
    return run
  }
  return async finished => {
    const runs: ReportedRun[] = []
    for (const one of finished) runs.push(await readRun(one)) // one after the other, as there may be thousands of files
    const names = [...groupBy(runs, ({row}) => nameOf(row))].sort(([a], [b]) => compareText(a, b))
    const entries = build(names).flat()
    return assignSuites(entries).map((moved, i) => (moved.suite === entries[i].suite ? entries[i] : moved))
  }
}
