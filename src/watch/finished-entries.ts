import {compareText, groupBy} from '../base/group-by.ts'
import {buildEntries, type ReportEntry} from '../report/entries.ts'
import {runsOfRows} from '../report/row-setups.ts'
import {assignSuites} from '../report/suites.ts'
import {nameOf, type Row} from '../results/row.ts'
import {cacheByGroup} from './cached-groups.ts'

/** Opens the entries of finished runs, sorted by name. An entry is rebuilt only if its rows have changed since the last call. */
export function openEntries(): (rows: readonly Row[]) => readonly ReportEntry[] {
  const build = cacheByGroup((rows: readonly Row[]) => buildEntries(runsOfRows(rows)).entries) // those of one name
  return rows => {
    const names = [...groupBy(rows, nameOf)].sort(([a], [b]) => compareText(a, b))
    const entries = build(names).flat()
    return assignSuites(entries).map((moved, i) => (moved.suite === entries[i].suite ? entries[i] : moved))
  }
}
