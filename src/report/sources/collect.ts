import {join, resolve} from 'node:path'
import {groupBy} from '../../base/collections.ts'
import {resultsFolder, runsFolder} from '../../base/folders.ts'
import {listNames} from '../../base/list-files.ts'
import {type LockResultsOptions, lockResults} from '../../recipes/collect-rows.ts'
import {suiteOf} from '../../recipes/file/suite.ts'
import {contradictoryRows} from '../../results/check-rows.ts'
import {type MergedResults, mergeResults} from '../../results/merge-results.ts'
import {firstMessages} from '../../results/read-results.ts'
import {readRuns} from '../../results/results-file.ts'

/** A results file, with its number of rows. */
export interface CollectedFile extends MergedResults {
  readonly file: string
}

/**
 * Writes the rows of all finished runs below `folder` into the results files of their suites. Files that do not hold rows
 * are left as they are and listed in `refused`.
 *
 * @throws Fault 'io' if the folder does not exist and is not the default one, which the first run makes
 */
export async function collectAll(
  folder: string,
  options?: LockResultsOptions,
): Promise<{
  readonly files: readonly CollectedFile[]
  readonly refused: readonly string[]
  readonly warnings: readonly string[]
}> {
  if (resolve(folder) !== runsFolder()) await listNames(folder)
  const {runs, warnings} = await readRuns(folder)
  const files: CollectedFile[] = []
  const refused: string[] = []
  for (const [suite, own] of groupBy(runs, ({row}) => suiteOf(row.recipe))) {
    const file = join(resultsFolder(), `${suite}.csv`)
    const rows = own.map(({row}) => row)
    const merged = await lockResults(() => mergeResults(file, rows), options)
    if ('refused' in merged) refused.push(merged.refused)
    else files.push({file, ...merged})
  }
  return {files, refused, warnings: [...warnings, ...firstMessages(contradictoryRows(runs), folder)]}
}
