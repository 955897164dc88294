import type {CellReport, CellRun} from './cell-report.ts'
import {type CellEvent, initial, type ScheduledCell, transition} from './transitions.ts'

/** The cells of a sweep, and the order in which they are run. */
export interface SweepSchedule {
  /** Takes the next waiting cell from the queue. */
  next(): CellRun | undefined
  /** Cells that other processes are at work on. */
  elsewhere(): readonly CellRun[]
  /** Whether no cell waits for a worker, or for another process. */
  isIdle(): boolean
  cellOf(run: CellRun): ScheduledCell
  /** Applies an event to a cell, and returns the cell's new state. */
  apply(run: CellRun, event: CellEvent): ScheduledCell
  /** By the cell's label. */
  reports(): ReadonlyMap<string, CellReport>
}

/** Opens a schedule of runs in the given order. `onReport` gets every new report of a cell. */
export function openSchedule(
  runs: readonly CellRun[],
  onReport: (label: string, report: CellReport) => void,
): SweepSchedule {
  const cells = new Map(runs.map(run => [run.cell.label, initial(run)]))
  const queue: CellRun[] = []
  const schedule: SweepSchedule = {
    next: () => queue.shift(),
    elsewhere: () => runs.filter(run => schedule.cellOf(run).phase === 'elsewhere'),
    isIdle: () => queue.length === 0 && schedule.elsewhere().length === 0,
    cellOf: run => cells.get(run.cell.label) ?? initial(run),
    apply(run, event) {
      const before = schedule.cellOf(run)
      const after = transition(before, event)
      cells.set(run.cell.label, after)
      if (after.phase === 'waiting' && before.phase !== 'waiting') queue.push(run) // behind all others
      if (after.report !== before.report) onReport(run.cell.label, after.report)
      return after
    },
    reports: () => new Map([...cells].map(([label, {report}]) => [label, report])),
  }
  for (const run of runs)
    if (schedule.apply(run, {type: 'read', status: run.status}).phase === 'waiting') queue.push(run)
  return schedule
}
