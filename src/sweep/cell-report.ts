import type {Failure} from '../recipes/failure.ts'
import type {RunFolder} from '../recipes/run-folder.ts'
import type {Row} from '../results/row.ts'
import type {CellStatus, RunState} from './cell-status.ts'
import type {Cell} from './cells.ts'

/** A cell with its run: the folder, if it is known, and its status. */
export interface CellRun {
  readonly cell: Cell
  readonly folder?: RunFolder
  readonly status: CellStatus
}

export const isDone = ({status}: Pick<CellRun, 'status'>): boolean => status.state === 'done'

/** The state of a cell, as a sweep reports it. */
export interface CellReport {
  readonly state: RunState
  /** The path of the run's folder, as soon as it is known. */
  readonly folder?: string
  readonly row?: Row
  /** The error that ended it, or how its process died, with the last lines that the process printed. */
  readonly failure?: Failure & {readonly lines?: readonly string[]}
  /** Whether it is pending with its state saved. */
  readonly stopped?: boolean
  /** Whether another process, of another sweep or of svft run, is working on it. */
  readonly elsewhere?: boolean
  /** What to do if that process is on another machine, where it cannot be seen whether it is alive. */
  readonly advice?: string | undefined
}

export const reportOf = (status: CellStatus, folder: RunFolder | undefined): CellReport => ({
  state: status.state,
  folder: folder?.path,
  row: 'row' in status ? status.row : undefined,
  failure: 'failure' in status ? status.failure : undefined,
  stopped: (status.state === 'pending' && status.step !== undefined) || undefined,
})
