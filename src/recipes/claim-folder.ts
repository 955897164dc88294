import {withLock} from '../base/lock.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {attemptsFolder} from './attempts.ts'
import {recordFailure} from './failure.ts'
import {runFenced, settleAttempts} from './run-fenced.ts'
import type {RunFolder} from './run-folder.ts'

export interface ClaimOptions {
  /** Exclude other processes by a folder of this process alone instead of a lock, for disks that machines share. */
  readonly fence: boolean
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
}

/**
 * Runs `work` unless the run's folder already has a row. Other processes are excluded, and a failure is recorded. `work`
 * gets the folder to write to and returns the row.
 *
 * @throws Fault 'busy' if another process is at work in the folder
 */
export async function claimFolder(
  folder: RunFolder,
  {fence, signal, warn}: ClaimOptions,
  work: (own: RunFolder) => Promise<Row>,
): Promise<{readonly row: Row; readonly already: boolean}> {
  const finished = await readRow(folder.path)
  if (finished) return {row: finished, already: true}
  const row = fence
    ? await recordFailure(folder, () => runFenced(folder, work, warn), signal)
    : await withLock(
        folder.path,
        async () => (await readRow(folder.path)) ?? recordFailure(folder, () => work(folder), signal),
      )
  if (!fence) await settleAttempts(folder, warn).catch(error => warn(`${attemptsFolder(folder)}: ${error.message}`))
  return {row, already: false}
}
