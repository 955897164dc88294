import {readdir} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {grouped} from '../../report/group.ts'
import {readRuns, writeResults} from '../../report/results.ts'
import {ioFault} from '../../weights/files.ts'
import {resultsFolder, runsFolder} from '../places.ts'
import {openResults, suiteOf} from '../rows.ts'

/** A results file, and the rows that it now holds. */
export interface Collected {
  readonly file: string
  readonly rows: number
}

/**
 * Writes the results file of every suite that has a finished run below `folder`, from the rows of those runs. The folder
 * that runs go to need not be there: before the first run there is none.
 *
 * @throws Fault 'io' where another folder is not there
 */
export async function collectAll(
  folder: string,
): Promise<{readonly files: readonly Collected[]; readonly warnings: readonly string[]}> {
  if (resolve(folder) !== runsFolder()) await readdir(folder).catch(error => Promise.reject(ioFault(folder, error)))
  await openResults()
  const {runs, warnings} = await readRuns(folder)
  const files: Collected[] = []
  for (const [suite, own] of grouped(runs, ({row}) => suiteOf(row.recipe))) {
    const file = join(resultsFolder(), `${suite}.csv`)
    await writeResults(
      file,
      own.map(({row}) => row),
    )
    files.push({file, rows: own.length})
  }
  return {files, warnings}
}
