import {Fault} from '../base/fault.ts'
import {nearest} from '../base/nearest.ts'
import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {readWhole} from '../base/read-file.ts'
import type {LocatedRow} from './check-rows.ts'
import {columnName, columnOf, LEADING, REQUIRED_COLUMNS, TRAILING, type ValueKind} from './columns.ts'
import {type CsvDefect, type CsvLine, readTable} from './csv-table.ts'
import {type Row, rowSchema} from './row.ts'

/** The rows of a results file, and its defects, each as `file:line:column: what is wrong and what would be right`. */
export interface ScannedResults {
  readonly rows: readonly LocatedRow[]
  readonly defects: readonly string[]
}

/** Reads a file that `writeResults` wrote. @throws Fault 'io', or 'input' with the first defect */
export async function readResults(file: string): Promise<Row[]> {
  const {rows, defects} = await scanResults(file)
  const more = defects.length > 1 ? `, and ${pluralize(defects.length - 1, 'more defect')}` : ''
  if (defects.length > 0) throw new Fault('input', defects[0] + more)
  return rows.map(({row}) => row)
}

/** Reads a results file, leaving out lines that are not rows. @throws Fault 'io', or 'input' where it is no results file */
export async function scanResults(file: string): Promise<ScannedResults> {
  const {header, lines, misquoted, unclosed} = readTable(await readTextOf(file))
  const at = ({line, column}: Pick<CsvDefect, 'line' | 'column'>) => `${escapeLine(file)}:${line}:${column}`
  if (header.cells.length === 0) return {rows: [], defects: []}
  const [{text: first}] = header.cells
  if (first !== 'recipe')
    throw new Fault(
      'input',
      `${escapeLine(file)}:1: not results of svft, whose columns are recipe, method, … separated by commas; found: ${escapeLine(first, 60)}`,
    )
  if (unclosed) throw new Fault('input', `${at(unclosed)}: not CSV: ${unclosed.message}`)
  const defects = headerDefects(header, file).map(defect => `${at(defect)}: ${defect.message}`)
  const quoting = new Map(misquoted.map(defect => [at(defect), defect]))
  const rows: LocatedRow[] = []
  for (const line of lines) {
    const badQuotes = line.cells.flatMap(cell => quoting.get(at(cell)) ?? [])
    const parsed = badQuotes.length > 0 ? {defects: badQuotes} : parseRow(header, line)
    if ('row' in parsed) rows.push({row: parsed.row, position: `${escapeLine(file)}:${line.line}`})
    else defects.push(...parsed.defects.map(defect => `${at(defect)}: ${defect.message}`))
  }
  return {rows, defects}
}

/** Whether a CSV file holds rows, by its first line: a folder of results may have other tables. */
export const holdsRows = async (file: string): Promise<boolean> => /^\ufeff?"?recipe\b/.test(await readTextOf(file))

const readTextOf = async (file: string) => Buffer.from(await readWhole(file)).toString()

const MOST = 10

/** The first messages about a file and the number of the others. */
export const firstMessages = (messages: readonly string[], file: string): readonly string[] =>
  messages.length <= MOST
    ? messages
    : [...messages.slice(0, MOST), `${escapeLine(file)}: ${pluralize(messages.length - MOST, 'more defect')}`]

/** Unknown columns, which are ignored. @throws Fault 'input' where columns are missing or ambiguous */
function headerDefects({cells}: CsvLine, file: string): CsvDefect[] {
  const names = cells.map(({text}) => text)
  const missing = REQUIRED_COLUMNS.filter(name => !names.includes(name))
  if (missing.length > 0) throw new Fault('input', `${escapeLine(file)}:1: columns missing: ${missing.join(', ')}`)
  const repeated = cells.find(({text}, i) => names.indexOf(text) < i && columnOf(text) !== undefined)
  if (repeated)
    throw new Fault(
      'input',
      `${escapeLine(file)}:1:${repeated.column}: column ${escapeLine(repeated.text, 60)} appears twice`,
    )
  return cells
    .filter(({text}) => columnOf(text) === undefined)
    .map(({text, line, column}) => {
      const near = nearest(text, FIELD_COLUMNS)
      return {line, column, message: `unknown column ${escapeLine(text, 60)}${near ? `; did you mean ${near}?` : ''}`}
    })
}

const FIELD_COLUMNS = [LEADING, TRAILING].flatMap(Object.keys).map(columnName)

function parseRow(header: CsvLine, line: CsvLine): {readonly row: Row} | {readonly defects: readonly CsvDefect[]} {
  const {cells} = line
  if (cells.length !== header.cells.length) {
    const message = `${pluralize(cells.length, 'value')}; the header has ${header.cells.length}`
    return {defects: [{line: line.line, column: cells[cells.length - 1].column, message}]}
  }
  const fields: Record<string, unknown> = {method: '', settings: ''}
  const scores: Record<string, Record<string, unknown>> = {}
  for (const [i, {text}] of cells.entries()) {
    const column = columnOf(header.cells[i].text)
    if (text === '' || column === undefined) continue
    if ('field' in column) fields[column.field] = parseValue(text, column)
    else if (SCORE_PARTS.includes(column.part))
      scores[column.split] = {score: Number.NaN, ...scores[column.split], [column.part]: parseValue(text, column)}
  }
  const {data, error} = rowSchema.safeParse({...fields, scores})
  if (data) return {row: data}
  return {defects: error.issues.map(({path}) => defectOf(header, line, columnAt(path.map(String))))}
}

/** The parts of a score that a row holds; intervals are ignored. */
const SCORE_PARTS = ['score', 'n', 'metric']

/** Text that is no number stays text, so that the schema refuses it. */
function parseValue(value: string, {kind, field}: {readonly kind: ValueKind; readonly field?: string}): unknown {
  if (field === 'cells') return unquoted(value).split(' ')
  if (kind === 'flag') return FLAGS[value] ?? value
  if (kind === 'text') return unquoted(value)
  return isNumber(value) ? Number(value) : value
}

const FLAGS: Readonly<Record<string, boolean>> = {true: true, false: false}

/** A value without the apostrophe that keeps spreadsheets from running it as a formula. */
const unquoted = (value: string) => value.replace(/^'(?=[=+\-@])/, '')

/** Whether a text is a finite number as JavaScript writes one. */
const isNumber = (text: string): boolean =>
  /^-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text))

const columnAt = ([field, split, part]: readonly string[]) =>
  field === 'scores' ? `${split}_${part ?? 'score'}` : columnName(field)

const EXPECTED: Readonly<Record<ValueKind, string>> = {
  text: 'text of at most 1,000 characters',
  count: 'a whole number of at least 0',
  amount: 'a number of at least 0',
  flag: 'true or false',
  score: 'a number from 0 to 1 (a correlation: from -1), or nothing',
}

function defectOf(header: CsvLine, line: CsvLine, name: string): CsvDefect {
  const expected =
    name === 'finished'
      ? 'a time like 2026-11-24T18:00:00.000Z'
      : name.endsWith('_metric')
        ? 'accuracy, matthews or pearson'
        : EXPECTED[columnOf(name)?.kind ?? 'text']
  const cell = line.cells[header.cells.findIndex(({text}) => text === name)]
  if (cell === undefined)
    return {line: line.line, column: 1, message: `column ${name} is missing; expected ${expected}`}
  const found = cell.text === '' ? 'empty' : `"${escapeLine(cell.text, 60)}"`
  return {line: cell.line, column: cell.column, message: `${name} is ${found}; expected ${expected}`}
}
