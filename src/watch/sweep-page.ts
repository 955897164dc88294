import {type CellRun, reportOf} from '../sweep/cell-report.ts'
import type {LiveProgress} from '../sweep/live-progress.ts'
import {formatDuration} from '../terminal/rate.ts'
import {serveRuns} from './page.ts'
import type {PageServer} from './page-server.ts'
import type {WatchedCell, WatchedRuns} from './watched-cell.ts'

export interface SweepPageOptions {
  /** The port; undefined for any free one. */
  readonly port: number | undefined
  readonly runs: readonly CellRun[]
  readonly progress: LiveProgress
}

/** Serves the page of a sweep that runs in this process. @throws Fault 'usage' if the port cannot be used */
export const serveSweep = ({port, runs, progress}: SweepPageOptions): Promise<PageServer> =>
  serveRuns(async () => readSweep(runs, progress), port)

const readSweep = (runs: readonly CellRun[], progress: LiveProgress): WatchedRuns => ({
  title: `svft sweep of ${runs.length} cells`,
  counts: progress.countsText(),
  secondsLeft: progress.secondsLeft(),
  fraction: progress.fraction(),
  cells: runs.map(run => cellOf(run, progress)),
})

function cellOf({cell, folder, status}: CellRun, {reports, running}: LiveProgress): WatchedCell {
  const {label, recipe} = cell
  const report = reports.get(label) ?? reportOf(status, folder)
  const {text = '', fraction} = running.get(label) ?? {}
  const {row, failure, stopped} = report
  return {
    label,
    name: label.startsWith(recipe.name) ? label.slice(recipe.name.lastIndexOf('/') + 1) : label,
    state: report.elsewhere ? 'elsewhere' : stopped ? 'checkpointed' : report.state,
    activity: text || (row ? `in ${formatDuration(row.seconds)}` : ''),
    fraction,
    recipe: recipe.name,
    method: recipe.adapter.method,
    folder: report.folder ?? folder?.path,
    row,
    problem: failure && [failure.message, ...(failure.lines ?? [])].join('\n'),
  }
}
