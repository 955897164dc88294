import {existsSync} from 'node:fs'
import {Fault} from '../base/fault.ts'
import {readResults} from './read-results.ts'
import {writeResults} from './results-file.ts'
import {type Row, runOf} from './row.ts'

/** The number of rows in a results file, and of those that it held before and that belong to other runs. */
export interface MergedResults {
  readonly rows: number
  readonly kept: number
}

/** The reason why a file was not changed. */
interface Refusal {
  readonly refused: string
}

/**
 * Adds rows to a results file, where a row replaces an older row of the same run. A file that holds anything but rows is
 * not changed.
 *
 * @throws Fault 'io'
 */
export async function mergeResults(file: string, rows: readonly Row[]): Promise<MergedResults | Refusal> {
  const before = await rowsBefore(file)
  if ('refused' in before) return before
  const own = new Map(rows.map(row => [runOf(row), row]))
  const kept = before.filter(row => !own.has(runOf(row)))
  await writeResults(file, [...kept, ...own.values()])
  return {rows: kept.length + own.size, kept: kept.length}
}

async function rowsBefore(file: string): Promise<readonly Row[] | Refusal> {
  if (!existsSync(file)) return []
  try {
    return await readResults(file)
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'input') throw error
    return {
      refused: `not changed, and rows of runs here are not added: ${error.message}; repair or move the file, then run svft collect`,
    }
  }
}
