import {Fault} from '../base/fault.ts'
import {isLink} from '../base/files.ts'
import {isMissing} from '../base/read-file.ts'
import {readResults} from './read-results.ts'
import {writeResults} from './results-file.ts'
import {type Row, runKey} from './row.ts'

/** The counts of a results file after rows were added to it. */
export interface MergedResults {
  /** The number of rows in the file. */
  readonly rows: number
  /** How many of them are of other runs, which were in the file before. */
  readonly others: number
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
  const own = new Map(rows.map(row => [runKey(row), row]))
  try {
    const before = await readResults(file).catch(async error => {
      if (!isMissing(error)) throw error
      if (await isLink(file)) throw new Fault('input', `${file}: a link to a file that does not exist`)
      return []
    })
    const others = before.filter(row => !own.has(runKey(row)))
    await writeResults(file, [...others, ...own.values()])
    return {rows: others.length + own.size, others: others.length}
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'input') throw error
    return {
      refused: `not changed, and rows of runs here are not added: ${error.message}; repair or move the file, then run svft collect`,
    }
  }
}
