import {existsSync} from 'node:fs'
import {readdir, realpath} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {compareText} from '../../base/collections.ts'
import {Fault} from '../../base/fault.ts'
import {referenceFolder, resultsFolder, runsFolder} from '../../base/folders.ts'
import {listNames, statOf} from '../../base/list-files.ts'
import {displayPath, isBelow} from '../../base/paths.ts'
import {escapeLine} from '../../base/printable.ts'
import {checkRows, contradictoryRows, type LocatedRow} from '../../results/check-rows.ts'
import {firstMessages, holdsRows, type ScannedResults, scanResults} from '../../results/read-results.ts'
import {type LocatedRun, readRuns} from '../../results/results-file.ts'
import type {ReportedRun} from '../entries.ts'
import type {Losses} from '../figures/suite-curves.ts'
import type {ItemResults} from '../item-results.ts'
import type {ReportSources} from '../report.ts'
import {runsOfRows, setupOf} from '../row-setups.ts'
import {readDivergedRuns} from './diverged-runs.ts'
import {hashMismatches} from './recipe-hashes.ts'
import {recipeSetup} from './recipe-setup.ts'
import {readReferenceRows} from './reference-rows.ts'
import {findOrigins} from './row-origins.ts'
import {readItemResults, readLosses, readMachine} from './run-files.ts'

/** The sources of a report, with warnings about rows that were left out. */
export interface LoadedSources extends LoadedRows, ReportSources {}

interface LoadedRows extends Omit<ReportSources, 'origins'> {
  readonly warnings: readonly string[]
  /** Messages about rows that cannot be read and are left out. */
  readonly unread: readonly string[]
}

/**
 * Reads the rows of all finished runs below a folder, with their predictions and losses; or the rows of a results file,
 * or of a folder of results files. The reference rows of the same suites come with them, and what is at hand to reproduce
 * them. Without a path these are the runs here, else the results here, else the reference itself. Rows that cannot be read are
 * left out with a message.
 *
 * @throws Fault 'io' if `path` does not exist, 'input' if it has no rows
 */
export async function readSources(path?: string): Promise<LoadedSources> {
  const found = path === undefined ? await readSourcesHere() : await readSourcesAt(path)
  const own = found.runs.map(({row}) => row)
  const origins = await findOrigins(own)
  if (found.reference !== undefined) return {...found, origins}
  const {rows, defects} = await readReferenceRows(own)
  const unread = [...found.unread, ...defects.map(leftOut)]
  return {...found, reference: rows.map(({row}) => row), unread, origins}
}

const leftOut = (defect: string) => `left out ${defect}`

async function readSourcesHere(): Promise<LoadedRows> {
  const {own, unread} = await readRunsOrFiles(displayPath(runsFolder()), async () =>
    existsSync(resultsFolder()) ? readResultsFolder(displayPath(resultsFolder())) : undefined,
  )
  if (own) return own
  const committed = await readSourcesAt(referenceFolder())
  const what = unread.length === 0 ? 'no finished runs here' : 'no row of a finished run here can be read'
  const warning = `${what}: this report is of the reference, the rows that ship with svft; svft run makes your own`
  return {...committed, warnings: [warning, ...committed.warnings], unread: [...unread, ...committed.unread]}
}

async function readSourcesAt(path: string): Promise<LoadedRows> {
  const {own, unread} = (await statOf(path)).isFile()
    ? {own: await readFileSources([path]), unread: []}
    : await readRunsOrFiles(path, () => readResultsFolder(path))
  if (!own && unread.length > 0)
    throw new Fault(
      'input',
      `${path}: no row of a finished run can be read:\n${firstMessages(unread, path).join('\n')}`,
    )
  if (!own) throw new Fault('input', `${path}: no finished runs and no results files; svft run makes them`)
  return isBelow(await realpath(path), referenceFolder()) ? {...own, reference: 'itself'} : own
}

/** Reads the rows of finished runs or, without any, those of files; `own` is undefined if there are no rows that can be read. */
async function readRunsOrFiles(
  folder: string,
  readFileSources: () => Promise<LoadedRows | undefined>,
): Promise<{readonly own: LoadedRows | undefined; readonly unread: readonly string[]}> {
  const {runs, warnings: unread} = await readRuns(folder)
  const own = runs.length > 0 ? await readFolderSources(folder, runs) : await readFileSources()
  const suspicious = firstMessages(contradictoryRows(runs), folder)
  if (!own) return {own, unread}
  return {own: {...own, warnings: [...suspicious, ...own.warnings], unread: [...unread, ...own.unread]}, unread}
}

async function readFolderSources(folder: string, finished: readonly LocatedRun[]): Promise<LoadedRows> {
  const sources = await readRunSources(finished)
  return {...sources, diverged: await readDivergedRuns(folder, finished)}
}

/** The folder, below results files, of those of trials. */
const TRIALS = 'trials'

/** Gathers the results files of a folder with the trials beside them; the results files of other folders below are listed alone. */
async function readResultsFolder(folder: string): Promise<LoadedRows | undefined> {
  const own = await readFileSources(await listResultsFiles(folder))
  if (!own) return undefined
  const below = new Map<string, readonly string[]>()
  const unreadable: string[] = []
  for (const entry of await readdir(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name)
    if (!entry.isDirectory() || resolve(path) === referenceFolder()) continue
    try {
      below.set(entry.name, await listResultsFiles(path))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      unreadable.push(leftOut(error.message))
    }
  }
  const {located, defects} = await scanFiles(below.get(TRIALS) ?? [])
  return {
    ...own,
    unread: [...own.unread, ...unreadable, ...defects.map(leftOut)],
    trials: located.map(({row}) => row),
    unreadFolders: [...below]
      .filter(([name, files]) => name !== TRIALS && files.length > 0)
      .map(([name, files]) => ({folder: join(folder, name), files: files.length}))
      .sort((a, b) => compareText(a.folder, b.folder)),
  }
}

async function listResultsFiles(folder: string): Promise<string[]> {
  const names = await listNames(folder)
  const found: string[] = []
  for (const name of names.filter(name => name.endsWith('.csv')).sort()) {
    if (await holdsRows(join(folder, name))) found.push(join(folder, name))
  }
  return found
}

/** Reads the rows of files; undefined if the files are empty. @throws Fault 'input' if they have lines and none is a row */
async function readFileSources(files: readonly string[]): Promise<LoadedRows | undefined> {
  const {located, defects} = await scanFiles(files)
  if (located.length === 0 && defects.length > 0) throw new Fault('input', defects.join('\n'))
  if (located.length === 0) return undefined
  const runs = runsOfRows(located.map(({row}) => row))
  const suspicious = firstMessages([...checkRows(located), ...(await hashMismatches(located))], files.join(', '))
  return {runs, itemResults: [], losses: [], warnings: suspicious, unread: defects.map(leftOut)}
}

async function scanFiles(files: readonly string[]) {
  const located: LocatedRow[] = []
  const defects: string[] = []
  for (const file of files) {
    const found: ScannedResults = await scanResults(file).catch(error => {
      if (!(error instanceof Fault)) throw error
      return {rows: [], defects: [error.message]}
    })
    located.push(...found.rows)
    defects.push(...firstMessages(found.defects, file))
  }
  return {located, defects}
}

/** Gathers finished runs with their predictions and losses. */
export async function readRunSources(finished: readonly Pick<LocatedRun, 'row' | 'folder'>[]): Promise<LoadedRows> {
  const warnings: string[] = []
  const runs: ReportedRun[] = []
  const itemResults: ItemResults[] = []
  const losses: Losses[] = []
  const warn = (consequence: string) => (error: Error) => {
    warnings.push(`${consequence}: ${escapeLine(error.message, 200)}`)
    return undefined
  }
  for (const {row, folder} of finished) {
    const found = await recipeSetup(folder, row).catch(warn('setup taken from the row alone'))
    const machine = await readMachine(folder).catch(warn('left out the machine'))
    runs.push({row, ...(found ?? {setup: setupOf(row)}), machine})
    losses.push(...((await readLosses(folder, row).catch(warn('left out the losses'))) ?? []))
    itemResults.push(...((await readItemResults(folder, row).catch(warn('left out the predictions'))) ?? []))
  }
  return {runs, itemResults, losses, warnings, unread: []}
}
