import {join} from 'node:path'
import {grouped} from '../../report/group.ts'
import {readRuns, writeResults} from '../../report/results.ts'
import {resultsFolder} from '../places.ts'
import {openResults, suiteOf} from '../rows.ts'

/** A results file, and the rows that it now holds. */
export interface Collected {
  readonly file: string
  readonly rows: number
}

/** Writes the results file of every suite that has a finished run below `folder`, from the rows of those runs. */
export async function collectAll(
  folder: string,
): Promise<{readonly files: readonly Collected[]; readonly warnings: readonly string[]}> {
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
