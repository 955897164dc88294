import {mkdir, readdir, readFile, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {stringify} from 'csv-stringify/sync'
import writeFileAtomic from 'write-file-atomic'
import {Fault} from '../engine/fault.ts'
import {inline} from '../text/printable.ts'
import {type Row, rowSchema} from './row.ts'

const ROW_FILE = 'row.json'
const LARGEST_ROW = 1_000_000
const DEEPEST = 8

const before = ['recipe', 'method', 'settings', 'params'] as const
const after = [
  'seed',
  'hash',
  'model',
  'modelRevision',
  'dataRevision',
  'steps',
  'seconds',
  'stepMs',
  'tokensPerSecond',
  'peakMemoryMb',
  'version',
  'commit',
  'dirty',
  'engine',
  'threads',
  'finished',
] as const

/**
 * Writes rows as CSV, the whole file at once: sorted by recipe, seed, hash and time, whatever order they come in; the
 * columns are the row's fields in snake case, with `<column>_score` and `<column>_n` of every test file among them.
 *
 * @throws Fault 'io'
 */
export async function writeResults(file: string, rows: readonly Row[]): Promise<void> {
  const columns = [...new Set(rows.flatMap(({scores}) => Object.keys(scores)))].sort()
  const header = [...before.map(snake), ...columns.flatMap(name => [`${name}_score`, `${name}_n`]), ...after.map(snake)]
  const lines = [...rows]
    .sort(byRecipe)
    .map(row => [
      ...before.map(field => cell(row[field])),
      ...columns.flatMap(name => [cell(row.scores[name]?.score), cell(row.scores[name]?.n)]),
      ...after.map(field => cell(row[field])),
    ])
  await write(file, stringify([header.map(cell), ...lines]))
}

/** Ends a run: writes its `row.json` into `folder`. @throws Fault 'io' */
export async function writeRow(folder: string, row: Row): Promise<void> {
  await write(join(folder, ROW_FILE), `${JSON.stringify(rowSchema.parse(row), undefined, 2)}\n`)
}

/**
 * The rows of all finished runs below `folder` whose recipe belongs to `suite` (its name's first part: `gsm8k` for
 * `gsm8k/gemma-2b/svft-plain`). What cannot be read is left out and told in `warnings`.
 */
export async function readRows(
  folder: string,
  suite: string,
): Promise<{readonly rows: readonly Row[]; readonly warnings: readonly string[]}> {
  const rows: Row[] = []
  const warnings: string[] = []
  for (const file of await rowFiles(folder, warnings)) {
    const row = await readRow(file).catch((error: Error) => {
      warnings.push(`left out ${inline(file)}: ${inline(error.message, 200)}`)
    })
    if (row?.recipe.startsWith(`${suite}/`)) rows.push(row)
  }
  return {rows: rows.sort(byRecipe), warnings}
}

async function readRow(file: string): Promise<Row> {
  const {size} = await stat(file)
  if (size > LARGEST_ROW) throw new Error(`a row has at most ${LARGEST_ROW} bytes: ${size}`)
  const {data, error} = rowSchema.safeParse(json(await readFile(file, 'utf8')))
  if (data) return data
  throw new Error(
    error.issues.map(({path, message}) => [path.join('.'), message].filter(Boolean).join(': ')).join('; '),
  )
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('not JSON')
  }
}

/** In the order of their paths; a finished run's own folder is not searched further. */
async function rowFiles(folder: string, warnings: string[], depth = 0): Promise<string[]> {
  const found = await readdir(folder, {withFileTypes: true}).catch(({code}: NodeJS.ErrnoException) => {
    if (code !== 'ENOENT' || depth > 0) warnings.push(`left out ${inline(folder)}: ${code}`)
    return []
  })
  if (found.some(entry => entry.isFile() && entry.name === ROW_FILE)) return [join(folder, ROW_FILE)]
  if (depth === DEEPEST) return []
  const folders = found.filter(entry => entry.isDirectory()).map(({name}) => name)
  const below: string[] = []
  for (const name of folders.sort()) below.push(...(await rowFiles(join(folder, name), warnings, depth + 1)))
  return below
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), {recursive: true})
    await writeFileAtomic(file, text)
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException
    throw new Fault('io', `cannot write ${inline(file)}: ${code ?? message}`, {cause: error})
  }
}

function byRecipe(a: Row, b: Row): number {
  return order(a.recipe, b.recipe) || a.seed - b.seed || order(a.hash, b.hash) || order(a.finished, b.finished)
}

/** By code units, the same on every machine. */
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Text that a spreadsheet would run as a formula is quoted by an apostrophe; numbers stay numbers. */
function cell(value: string | number | boolean | undefined): string {
  if (value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const line = inline(value)
  return /^[=+\-@]/.test(line) ? `'${line}` : line
}

const snake = (name: string) => name.replace(/[A-Z]/g, capital => `_${capital.toLowerCase()}`)
