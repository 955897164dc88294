import type {CellReport, CellRun} from './cell-report.ts'
import {type CellEvent, initial, type ScheduledCell, transition} from './transitions.ts'

/** The cells of a sweep, and the order in which they are run. */
export type SweepSchedule = ReturnType<typeof openSchedule>

/** Opens a schedule of runs in the given order. `onReport` gets every new report of a cell. */
export function openSchedule(runs: readonly CellRun[], onReport: (label: string, report: CellReport) => void) {
  const cells = new Map(runs.map(run => [run.cell.label, initial(run)]))
  const queue: CellRun[] = []
  const schedule = {
    /** Takes the next waiting cell from the queue. */
    next: () => queue.shift(),
    /** Returns the cells that other processes are working on. */
    elsewhere: () => runs.filter(run => schedule.cellOf(run).phase === 'elsewhere'),
    /** Whether no cell waits for a worker, or for another process. */
    isIdle: () => queue.length === 0 && schedule.elsewhere().length === 0,
    cellOf: (run: CellRun) => cells.get(run.cell.label) ?? initial(run),
    /** Applies an event to a cell, and returns the cell's new state. */
    apply(run: CellRun, event: CellEvent): ScheduledCell {
      const before = schedule.cellOf(run)
      const after = transition(before, event)
      cells.set(run.cell.label, after)
      if (after.phase === 'waiting' && before.phase !== 'waiting') queue.push(run) // behind all others
      if (after.report !== before.report) onReport(run.cell.label, after.report)
      return after
    },
    /** Returns the report of each cell, by its label. */
    reports: () => new Map([...cells].map(([label, {report}]) => [label, report])),
  }
  for (const run of runs)
    if (schedule.apply(run, {type: 'read', status: run.status}).phase === 'waiting') queue.push(run)
  return schedule
}
