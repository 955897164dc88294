import {existsSync} from 'node:fs'
import {Fault} from '../base/fault.ts'
import {readResults} from './read-results.ts'
import {writeResults} from './results-file.ts'
import {type Row, runOf} from './row.ts'

/** How many rows a results file now holds, and how many of them it held before, of other runs than those given. */
export interface MergedResults {
  readonly rows: number
  readonly kept: number
}

/** Why a file was left as it is. */
export interface RefusedRow {
  readonly refused: string
}

/**
 * Writes the rows of runs, the last of each run, into a results file, whole. Rows of other runs that it holds are kept; a
 * file that is not of rows is left as it is.
 *
 * @throws Fault 'io'
 */
export async function mergeResults(file: string, rows: readonly Row[]): Promise<MergedResults | RefusedRow> {
  const before = await rowsBefore(file)
  if ('refused' in before) return before
  const own = new Map(rows.map(row => [runOf(row), row]))
  const kept = before.filter(row => !own.has(runOf(row)))
  await writeResults(file, [...kept, ...own.values()])
  return {rows: kept.length + own.size, kept: kept.length}
}

async function rowsBefore(file: string): Promise<readonly Row[] | RefusedRow> {
  if (!existsSync(file)) return []
  try {
    return await readResults(file)
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'input') throw error
    return {
      refused: `left as it is, without the rows of runs here: ${error.message}; mend or move it, then svft collect`,
    }
  }
}
