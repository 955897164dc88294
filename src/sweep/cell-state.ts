import {Fault} from '../base/fault.ts'
import {findLock} from '../base/lock.ts'
import {type Failure, failureOf, readFailure} from '../recipes/failure.ts'
import type {RunFolder} from '../recipes/run-folder.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {newestStanding} from '../train/state.ts'

/**
 * `pending`: not begun, or stopped and to be gone on with. `running`: a process is at work on it. `lost`: a process died
 * at work on it, and it is to be gone on with. `failed`: an error ended it.
 */
export type State = 'pending' | 'running' | 'done' | 'failed' | 'lost'

/** How a run stands, as its folder tells it: there is no other record. */
export type CellStatus =
  | {readonly state: 'done'; readonly row: Row}
  | {readonly state: 'running'}
  | ({readonly state: 'pending' | 'lost'} & Kept)
  | ({readonly state: 'failed'; readonly failure: Failure} & Kept)

/** Of the newest checkpoint. */
interface Kept {
  readonly step?: number
  /** A run goes on with as many as it began with. */
  readonly threads?: number
}

export async function standingOf(folder: RunFolder): Promise<CellStatus> {
  try {
    const row = await readRow(folder.path)
    if (row) return {state: 'done', row}
  } catch (error) {
    if (error instanceof Fault) return {state: 'failed', failure: failureOf(error)}
    throw error
  }
  const lock = await findLock(folder.path)
  if (lock === 'held') return {state: 'running'}
  const {step, threads} = (await newestStanding(folder.file('checkpoints')).catch(() => undefined)) ?? {}
  const kept = step === undefined ? {} : {step, threads}
  const failure = await readFailure(folder)
  if (lock === 'dead') return {state: 'lost', ...kept}
  return failure ? {state: 'failed', failure, ...kept} : {state: 'pending', ...kept}
}
