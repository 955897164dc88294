import {withLock} from '../base/lock.ts'
import {readRow} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import {recordFailure} from './failure.ts'
import {runFenced} from './fence.ts'
import type {RunFolder} from './run-folder.ts'

export interface ClaimOptions {
  /** Keep others out by a folder of this process alone, for disks that several machines share, instead of by a lock. */
  readonly fence: boolean
  readonly signal: AbortSignal
  readonly warn: (text: string) => void
}

/**
 * Does a run's work unless its folder has the row already, with every other process kept out and a failure recorded.
 * `work` gets the folder to write to and returns the row.
 *
 * @throws Fault 'busy' where another process is at work in the folder
 */
export async function claimFolder(
  folder: RunFolder,
  {fence, signal, warn}: ClaimOptions,
  work: (own: RunFolder) => Promise<Row>,
): Promise<{readonly row: Row; readonly already: boolean}> {
  const finished = await readRow(folder.path)
  if (finished) return {row: finished, already: true}
  const recorded = (own: RunFolder) => recordFailure(own, () => work(own), signal)
  const row = fence
    ? await runFenced(folder, recorded, warn)
    : await withLock(folder.path, async () => (await readRow(folder.path)) ?? recorded(folder))
  return {row, already: false}
}
