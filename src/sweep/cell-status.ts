import {Fault} from '../base/fault.ts'
import {findLock, foreignLockAdvice} from '../base/lock.ts'
import {savedProgress} from '../recipes/attempts.ts'
import {type Failure, failureOf, readFailure} from '../recipes/failure.ts'
import {checkOwnRow} from '../recipes/own-row.ts'
import type {RunFolder} from '../recipes/run-folder.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'

/**
 * `pending`: not begun, or stopped with its state saved. `running`: a process is working on it. `lost`: its process died,
 * and the run can be resumed. `failed`: an error ended it.
 */
export type RunState = 'pending' | 'running' | 'done' | 'failed' | 'lost'

/** The status of a run, read from its folder, which is the only record of it. */
export type CellStatus =
  | {readonly state: 'done'; readonly row: Row}
  | {readonly state: 'running'; readonly advice?: string | undefined}
  | ({readonly state: 'pending' | 'lost'} & SavedState)
  | ({readonly state: 'failed'; readonly failure: Failure; readonly hasBadRow?: true} & SavedState)

interface SavedState {
  /** The step of the newest checkpoint, in the run's folder or in those of its attempts. */
  readonly step?: number
  /** The number of threads with which a run without a fence goes on. */
  readonly threads?: number
}

/** Reads the status of a run; one whose row is damaged, or is that of another run, has failed, and would fail again. */
export async function readStatus(folder: RunFolder): Promise<CellStatus> {
  const read = async () => {
    const status = await readCellStatus(folder)
    if (status.state === 'done') checkOwnRow(status.row, folder)
    return status
  }
  const status = await read().catch((error: unknown): CellStatus => {
    if (error instanceof Fault) return {state: 'failed', failure: failureOf(error), hasBadRow: true}
    throw error
  })
  if (status.state === 'done') return status
  if (status.state === 'running') return {...status, advice: await foreignLockAdvice(folder.path)}
  const {own, newest} = await savedProgress(folder)
  return {...status, step: newest?.step, threads: own?.threads}
}

/** Reads the status of a run without its saved state, which takes time to verify. @throws Fault 'input' if its row is damaged */
export async function readCellStatus(folder: RunFolder): Promise<CellStatus> {
  const lock = await findLock(folder.path) // before the row: a run that ends meanwhile has written it by then
  const row = await readRow(folder.path)
  if (row) return {state: 'done', row}
  if (lock) return {state: lock === 'held' ? 'running' : 'lost'}
  const failure = await readFailure(folder)
  return failure ? {state: 'failed', failure} : {state: 'pending'}
}
