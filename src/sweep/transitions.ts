import type {RunFolder} from '../recipes/run-folder.ts'
import {type CellReport, type CellRun, reportOf} from './cell-report.ts'
import type {CellStatus} from './cell-status.ts'
import type {CellEnd} from './run-cell.ts'

/**
 * `waiting` for a worker of this sweep; `running` in one; `elsewhere`: another process is working on it, and it is
 * watched; `settled`: this sweep has nothing more to do with it.
 */
export type Phase = 'waiting' | 'running' | 'elsewhere' | 'settled'

/** A cell as the scheduler sees it. */
export interface ScheduledCell {
  readonly phase: Phase
  readonly folder: RunFolder | undefined
  /** How many of its processes have died. */
  readonly deaths: number
  readonly report: CellReport
}

export type CellEvent =
  /** The status in its folder was read. */
  | {readonly type: 'read'; readonly status: CellStatus}
  /** A worker has begun it. */
  | {readonly type: 'begun'}
  /** Its worker found another process working in its folder. */
  | {readonly type: 'taken'; readonly folder: RunFolder}
  /** Its worker has stopped on request; `isSaved` if there is a checkpoint to resume from. */
  | {readonly type: 'stopped'; readonly isSaved: boolean}
  /** Its worker has ended otherwise. */
  | Exclude<CellEnd, {readonly type: 'busy' | 'stopped'}>

/** The state of a cell before the first event. A run that failed earlier is waiting as well, to be tried again. */
export const initial = ({folder, status}: CellRun): ScheduledCell => ({
  phase: 'waiting',
  folder,
  deaths: 0,
  report: reportOf(status, folder),
})

/** The state of a cell after an event; the same object if the event changes nothing. */
export function transition(cell: ScheduledCell, event: CellEvent): ScheduledCell {
  const ended = {folder: cell.folder?.path}
  switch (event.type) {
    case 'read':
      return cell.phase === 'elsewhere' ? afterWatching(cell, event.status) : beforeBegin(cell, event.status)
    case 'begun':
      return {...cell, phase: 'running', report: {...ended, state: 'running'}}
    case 'taken':
      return watched({...cell, folder: event.folder})
    case 'done':
      return settled(cell, {state: 'done', folder: event.folder, row: event.row})
    case 'stopped':
      return settled(cell, {...ended, state: 'pending', stopped: event.isSaved || undefined})
    case 'failed':
      return settled(cell, {...ended, state: 'failed', failure: {...event.failure, lines: event.lines}})
    case 'lost': {
      const failure = {kind: 'failed', message: event.message, lines: event.lines} as const
      const phase = cell.deaths === 0 ? 'waiting' : 'settled' // a cell is tried twice
      return {...cell, phase, deaths: cell.deaths + 1, report: {...ended, state: 'lost', failure}}
    }
  }
}

/** Another sweep may have done a waiting cell, or be working on it. */
function beforeBegin(cell: ScheduledCell, status: CellStatus): ScheduledCell {
  if (status.state === 'done') return settled(cell, reportOf(status, cell.folder))
  return status.state === 'running' ? watched(cell, status.advice) : cell
}

/** A cell that the other process has done or failed is settled; one that it has left unfinished is taken over. */
function afterWatching(cell: ScheduledCell, status: CellStatus): ScheduledCell {
  const report = reportOf(status, cell.folder)
  if (status.state === 'running') return status.advice === cell.report.advice ? cell : watched(cell, status.advice)
  if (status.state === 'done' || status.state === 'failed') return settled(cell, report)
  return {...cell, phase: 'waiting', report: {...report, state: 'pending'}}
}

const settled = (cell: ScheduledCell, report: CellReport): ScheduledCell => ({...cell, phase: 'settled', report})

const watched = (cell: ScheduledCell, advice?: string): ScheduledCell => ({
  ...cell,
  phase: 'elsewhere',
  report: {state: 'running', folder: cell.folder?.path, elsewhere: true, advice},
})
