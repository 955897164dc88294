import {existsSync} from 'node:fs'
import {readdir, realpath, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {Fault} from '../../base/fault.ts'
import {referenceFolder, resultsFolder, runsFolder} from '../../base/folders.ts'
import {ioFault} from '../../base/io-fault.ts'
import {displayPath, isBelow} from '../../base/paths.ts'
import {escapeLine} from '../../base/printable.ts'
import {canonical} from '../../recipes/file/complete.ts'
import {readRunRecipe} from '../../recipes/read-run-recipe.ts'
import {checkRows, type LocatedRow} from '../../results/check-rows.ts'
import {firstMessages, holdsRows, type ScannedResults, scanResults} from '../../results/read-results.ts'
import {readRuns} from '../../results/results-file.ts'
import type {Row} from '../../results/row.ts'
import type {ReportedRun} from '../entries.ts'
import type {Losses} from '../figures/suite-curves.ts'
import type {ReportSources} from '../report.ts'
import {rowSetups, setupOf} from '../row-setups.ts'
import type {ItemResults} from '../suite-comparison.ts'
import {readItemResults} from './item-results.ts'
import {readLosses} from './losses.ts'
import {readMachine} from './machine.ts'
import {hashMismatches} from './recipe-hashes.ts'
import {readReferenceRows} from './reference-rows.ts'

/** What a report is made from, and what was left out of it. */
interface Gathered extends ReportSources {
  readonly warnings: readonly string[]
  /** Rows that are here and cannot be read: where, what is wrong, and the value. The report lacks them. */
  readonly unread: readonly string[]
}

/**
 * What a report is made from: the rows of all finished runs below a folder, with their answers to each item; or the rows
 * of a results file, or of a folder of them, which have no answers. The committed rows of the same suites come with them.
 * Without a place: the runs of this folder, else its results, else the committed rows themselves. What cannot be read is
 * left out and told.
 *
 * @throws Fault 'io' where there is nothing at `place`, 'input' where it holds no rows
 */
export async function gather(place?: string): Promise<Gathered> {
  const found = place === undefined ? await gatherHere() : await gatherAt(place)
  if (found.reference !== undefined) return found
  const {rows, defects} = await readReferenceRows(found.runs.map(({row}) => row))
  return {...found, reference: rows.map(({row}) => row), unread: [...found.unread, ...defects.map(leftOut)]}
}

const leftOut = (defect: string) => `left out ${defect}`

async function gatherHere(): Promise<Gathered> {
  const own = await gatherRunsOrFiles(displayPath(runsFolder()), () =>
    existsSync(resultsFolder()) ? listResultsFiles(displayPath(resultsFolder())) : [],
  )
  if (own) return own
  const committed = await gatherAt(referenceFolder())
  return {...committed, warnings: [NO_RUNS, ...committed.warnings]}
}

const NO_RUNS =
  'no finished runs here: this report is of the reference, the rows that ship with svft; svft run makes your own'

async function gatherAt(place: string): Promise<Gathered> {
  const found = await stat(place).catch(error => Promise.reject(ioFault(place, error)))
  const own = found.isFile()
    ? await gatherFiles([place])
    : await gatherRunsOrFiles(place, () => listResultsFiles(place))
  if (!own) throw new Fault('input', `${place}: no finished runs and no results files; svft run makes them`)
  return isBelow(await realpath(place), referenceFolder()) ? {...own, reference: 'itself'} : own
}

/** Undefined where there is neither. */
async function gatherRunsOrFiles(
  folder: string,
  files: () => readonly string[] | Promise<readonly string[]>,
): Promise<Gathered | undefined> {
  const {runs, warnings: unread} = await readRuns(folder)
  const own = runs.length > 0 ? await gatherRuns(runs) : await gatherFiles(await files())
  return own && {...own, unread: [...unread, ...own.unread]}
}

async function listResultsFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(error => Promise.reject(ioFault(folder, error)))
  const found: string[] = []
  for (const name of names.filter(name => name.endsWith('.csv')).sort()) {
    if (await holdsRows(join(folder, name))) found.push(join(folder, name))
  }
  return found
}

/** Undefined where no file has a row. @throws Fault 'input' where there are lines, and none is a row */
async function gatherFiles(files: readonly string[]): Promise<Gathered | undefined> {
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
  if (located.length === 0 && defects.length > 0) throw new Fault('input', defects.join('\n'))
  if (located.length === 0) return undefined
  const rows = located.map(({row}) => row)
  const setups = rowSetups(rows)
  const runs = rows.map((row, i) => ({row, setup: setups[i]}))
  const doubtful = firstMessages([...checkRows(located), ...(await hashMismatches(located))], files.join(', '))
  return {runs, itemResults: [], losses: [], warnings: doubtful, unread: defects.map(leftOut)}
}

async function gatherRuns(finished: readonly {readonly row: Row; readonly folder: string}[]): Promise<Gathered> {
  const warnings: string[] = []
  const runs: ReportedRun[] = []
  const itemResults: ItemResults[] = []
  const losses: Losses[] = []
  const leftOut = (what: string) => (error: Error) => {
    warnings.push(`${what}: ${escapeLine(error.message, 200)}`)
    return undefined
  }
  for (const {row, folder} of finished) {
    const setup = await recipeSetup(folder, row).catch(leftOut('told apart by its row alone'))
    const machine = await readMachine(folder).catch(leftOut('left out the machine'))
    runs.push({row, setup: setup ?? setupOf(row), machine})
    losses.push(...((await readLosses(folder, row).catch(leftOut('left out losses'))) ?? []))
    itemResults.push(...((await readItemResults(folder, row).catch(leftOut('left out answers'))) ?? []))
  }
  return {runs, itemResults, losses, warnings, unread: []}
}

/** The recipe in a run's folder but for its seed, with the contents of what it ran on; images that a seed draws do not count. */
async function recipeSetup(folder: string, {modelRevision, dataRevision}: Row): Promise<string | undefined> {
  const file = join(folder, 'recipe.json')
  if (!existsSync(file)) return undefined
  const recipe = await readRunRecipe(file)
  const data = recipe.data.perClass ? undefined : dataRevision
  return JSON.stringify([canonical({...recipe, seed: 0}), modelRevision, data])
}
