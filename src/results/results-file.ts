import {dirname, join} from 'node:path'
import {stringify} from 'csv-stringify/sync'
import {compareText} from '../base/collections.ts'
import {Fault, ioFault} from '../base/fault.ts'
import {makeFolder, writeJson, writeOutput} from '../base/files.ts'
import {parseJsonIfValid} from '../base/json.ts'
import {findFolders} from '../base/list-files.ts'
import {displayPath} from '../base/paths.ts'
import {csvText, escapeLine} from '../base/printable.ts'
import {isMissing, readWhole} from '../base/read-file.ts'
import {IN_WORDS, issueText} from '../base/text/issue-text.ts'
import type {LocatedRow} from './check-rows.ts'
import {columnName, columnsFor, LEADING, TRAILING} from './columns.ts'
import {type Row, rowSchema} from './row.ts'

/** The row of a finished run, in its folder. */
export const ROW_FILE = 'row.json'
const LARGEST_ROW = 1_000_000

/**
 * Writes a whole results file: rows sorted by recipe, seed, hash and time. The columns are a row's fields in snake case,
 * with `<split>_score` and `<split>_n` of every test file among them, and `<split>_metric` if a metric is not accuracy.
 * The task, overrides, a search, the parameters of a head, the paper's cells, energy, the device, and the precision with its fields have a
 * column only if a row has a value. A score without a value is an empty cell.
 *
 * @throws Fault 'io'
 */
export async function writeResults(file: string, rows: readonly Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap(({scores}) => Object.keys(scores)))].sort()
  const [leading, trailing] = [LEADING, TRAILING].map(fields => columnsFor(fields, rows))
  const isPlain = (name: string) => rows.every(({scores}) => (scores[name]?.metric ?? 'accuracy') === 'accuracy')
  const hasError = (name: string) => rows.some(({scores}) => scores[name]?.se !== undefined)
  const parts = (name: string) =>
    isPlain(name)
      ? (['score', 'n'] as const)
      : (['score', 'metric', 'n', ...(hasError(name) ? (['se'] as const) : [])] as const)
  const header = [
    ...leading.map(columnName),
    ...columns.flatMap(name => parts(name).map(part => `${name}_${part}`)),
    ...trailing.map(columnName),
  ]
  const lines = [...rows]
    .sort(byRecipe)
    .map(row => [
      ...leading.map(field => cell(row[field])),
      ...columns.flatMap(name => parts(name).map(part => cell(row.scores[name]?.[part]))),
      ...trailing.map(field => cell(row[field])),
    ])
  await makeFolder(dirname(file))
  await writeOutput(file, stringify([header.map(cell), ...lines]))
}

/** Writes the `row.json` that makes a run a finished one. @throws Fault 'io' */
export async function writeRow(folder: string, row: Row): Promise<void> {
  await makeFolder(folder)
  await writeJson(join(folder, ROW_FILE), rowSchema.parse(row))
}

/**
 * Reads the row in a run's folder. Returns undefined for a run that has not finished.
 *
 * @throws Fault 'input' if row.json is not a row
 */
export async function readRow(folder: string): Promise<Row | undefined> {
  const file = join(folder, ROW_FILE)
  try {
    return await rowIn(file)
  } catch (error) {
    if (isMissing(error)) return undefined
    if (error instanceof Fault) throw error
    const {message} = error as Error
    throw new Fault(
      'input',
      `${file}: not a row of results; remove it and svft run writes a new one: ${escapeLine(message, 200)}`,
    )
  }
}

/** A finished run with its row and its folder. */
export interface LocatedRun extends LocatedRow {
  readonly folder: string
}

/**
 * Reads the rows of all finished runs below `folder`, or of those in folders that may hold a row by their paths. Rows that
 * cannot be read are left out, with a warning each.
 */
export async function readRuns(
  folder: string,
  mayHoldRow: (path: string) => boolean = () => true,
): Promise<{
  readonly runs: readonly LocatedRun[]
  readonly warnings: readonly string[]
}> {
  const runs: LocatedRun[] = []
  const warnings: string[] = []
  const folders = await findFolders(
    folder,
    (path, files) => files.includes(ROW_FILE) || !mayHoldRow(path), // which are not searched, and left out below
    (path, error) => {
      const {message} = ioFault(path, error) as Error
      if (error.code !== 'ENOENT' || path !== folder) warnings.push(`left out ${escapeLine(message)}`)
    },
  )
  for (const path of folders.filter(mayHoldRow)) {
    const file = join(path, ROW_FILE)
    const row = await rowIn(file).catch((error: Error) => {
      warnings.push(`left out ${escapeLine(file)}: ${escapeLine(error.message, 200)}`)
    })
    if (row) runs.push({row, folder: path, position: escapeLine(displayPath(file))})
  }
  return {runs: runs.sort((a, b) => byRecipe(a.row, b.row)), warnings}
}

async function rowIn(file: string): Promise<Row> {
  const bytes = await readWhole(file, {most: LARGEST_ROW})
  const json = parseJsonIfValid(Buffer.from(bytes).toString())
  if (json === undefined) throw new Error('not JSON')
  const {data, error} = rowSchema.safeParse(json, IN_WORDS)
  if (data) return data
  throw new Error(error.issues.map(issueText).join('; '))
}

function byRecipe(a: Row, b: Row): number {
  return (
    compareText(a.recipe, b.recipe) ||
    a.seed - b.seed ||
    compareText(a.hash, b.hash) ||
    compareText(a.finished, b.finished)
  )
}

/** A value as CSV. */
function cell(value: string | number | boolean | readonly string[] | undefined): string {
  if (value === undefined || Number.isNaN(value)) return ''
  if (typeof value === 'object') return cell(value.join(' '))
  return typeof value === 'string' ? csvText(value) : String(value)
}
