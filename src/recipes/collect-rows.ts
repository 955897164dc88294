import {basename, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {isReadOnly} from '../base/files.ts'
import {resultsFolder, runsFolder} from '../base/folders.ts'
import {withLock} from '../base/lock.ts'
import {mergeResults} from '../results/merge-results.ts'
import {readRuns} from '../results/results-file.ts'
import type {Recipe} from './file/schema.ts'
import {suiteOf} from './file/suite.ts'
import {RUN_SUFFIX} from './run-folder.ts'

/** The results file that holds the recipe's rows. */
const resultsFile = ({name}: Pick<Recipe, 'name'>): string => join(resultsFolder(), `${suiteOf(name)}.csv`)

/**
 * Writes the rows of all finished runs of the recipe's suite into its results file, and returns its path. Rows of runs that
 * are not here stay. Folders named as runs of other suites are not read. Runs may end on several machines at the same
 * time: each writer reads the runs again afterwards, so that the last one to write has seen every row. A file that does not
 * hold rows is left as it is, with a warning, and no path is returned.
 */
export async function collectRows(
  {name}: Pick<Recipe, 'name'>,
  options?: LockResultsOptions,
): Promise<{readonly file: string | undefined; readonly warnings: readonly string[]}> {
  const suite = suiteOf(name)
  const read = async () => {
    const {runs, warnings} = await readRuns(runsFolder(), path => mayBeOfSuite(basename(path), suite))
    return {rows: runs.map(({row}) => row).filter(({recipe}) => suiteOf(recipe) === suite), warnings}
  }
  const file = resultsFile({name})
  return lockResults(async () => {
    for (let found = await read(); ; ) {
      const merged = await mergeResults(file, found.rows)
      if ('refused' in merged) return {file: undefined, warnings: [...found.warnings, merged.refused]}
      const again = await read()
      if (isDeepStrictEqual(again.rows, found.rows)) return {file, warnings: again.warnings}
      found = again
    }
  }, options)
}

/** Collects rows of runs that had finished before as `collectRows` does. They were collected then, so results may be read-only. */
export const collectAgain: typeof collectRows = (recipe, options) =>
  collectRows(recipe, options).catch(error => {
    if (!isReadOnly(error)) throw error
    return {file: resultsFile(recipe), warnings: []}
  })

/** Whether a folder may hold a run of a suite by its name: a run's begins with its recipe's. Any other may be a link, or renamed. */
const mayBeOfSuite = (folder: string, suite: string) => !RUN_SUFFIX.test(folder) || folder.startsWith(`${suite}-`)

export interface LockResultsOptions {
  /** Called once the wait for another process takes long, with its reason. */
  readonly warn?: (text: string) => void
  /** Ends the wait. */
  readonly signal?: AbortSignal
}

/** Lets one process of this machine at a time rewrite results files, so that none overwrites what another has added. */
export async function lockResults<T>(
  work: () => Promise<T>,
  {warn = () => {}, signal}: LockResultsOptions = {},
): Promise<T> {
  let late: NodeJS.Timeout | undefined
  const wait = (reason: string) => {
    late = setTimeout(warn, LONG, reason)
  }
  return withLock(resultsFolder(), work, {of: 'collect', here: true, wait, signal}).finally(() => clearTimeout(late))
}

/** How long a process waits for others before it says so, in milliseconds. */
const LONG = 10_000
