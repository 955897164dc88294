import {existsSync} from 'node:fs'
import {Fault} from '../base/fault.ts'
import {readResults} from './read-results.ts'
import {writeResults} from './results-file.ts'
import {type Row, runOf} from './row.ts'

/** The number of rows in a results file, and how many of them are earlier rows of other runs. */
export interface MergedResults {
  readonly rows: number
  readonly kept: number
}

/**
 * Adds rows to a results file, where a row replaces an older row of the same run. A file that holds anything but rows is
 * not changed; `refused` is the reason.
 *
 * @throws Fault 'io'
 */
export async function mergeResults(
  file: string,
  rows: readonly Row[],
): Promise<MergedResults | {readonly refused: string}> {
  const own = new Map(rows.map(row => [runOf(row), row]))
  try {
    const before = existsSync(file) ? await readResults(file) : []
    const kept = before.filter(row => !own.has(runOf(row)))
    await writeResults(file, [...kept, ...own.values()])
    return {rows: kept.length + own.size, kept: kept.length}
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'input') throw error
    return {
      refused: `not changed, and rows of runs here are not added: ${error.message}; repair or move the file, then run svft collect`,
    }
  }
}
