import type {z} from 'zod'
import {Fault} from '../base/fault.ts'
import {pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {readWhole} from '../base/read-file.ts'
import {didYouMean, nearest} from '../base/text/nearest.ts'
import type {LocatedRow} from './check-rows.ts'
import {columnName, columnOf, expectedIn, FIELDS, REQUIRED_COLUMNS} from './columns.ts'
import {type CsvCell, MOST_CELLS, parseCsvCells, UNCLOSED} from './parse-csv-cells.ts'
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

/** Reads a results file, leaving out lines that are not rows. @throws Fault 'io', or 'input' if it is not a results file */
export async function scanResults(file: string): Promise<ScannedResults> {
  const name = escapeLine(file)
  const lines = filledLines(await readTextOf(file))
  const header = lines.next().value
  if (!header) return {rows: [], defects: []}
  const refuse = (reason: string | undefined) => {
    if (reason !== undefined) throw new Fault('input', `${name}:${reason}`)
  }
  refuse(wrongHeader(header))
  const defects = unknownColumns(header)
  const rows: LocatedRow[] = []
  for (const line of lines) {
    refuse(unclosedQuote(line))
    const parsed = parseRow(header, line)
    if ('row' in parsed) rows.push({row: parsed.row, position: `${name}:${line[0].line}`})
    else defects.push(...parsed.defects)
  }
  return {rows, defects: defects.map(defect => `${name}:${defect}`)}
}

/** The lines with a value: people and spreadsheets leave empty ones, and lines of commas alone. */
function* filledLines(source: string): Generator<readonly CsvCell[], undefined> {
  for (const line of parseCsvCells(source)) if (line.some(({text}) => text.trim() !== '')) yield line
}

/** Whether a CSV file holds rows, by its first line: a folder of results may have other tables. */
export const holdsRows = async (file: string): Promise<boolean> => /^\ufeff?\s*"?recipe\b/.test(await readTextOf(file))

const readTextOf = async (file: string) => Buffer.from(await readWhole(file)).toString()

const MOST = 10

/** The first messages about a file and the number of the others. */
export const firstMessages = (messages: readonly string[], file: string): readonly string[] =>
  messages.length <= MOST
    ? messages
    : [...messages.slice(0, MOST), `${escapeLine(file)}: ${pluralize(messages.length - MOST, 'more defect')}`]

/** The reason why a file cannot be read as results that its first line shows, with the position; undefined if there is none. */
function wrongHeader(header: readonly CsvCell[]): string | undefined {
  const names = header.map(({text}) => text)
  const [{line}] = header
  if (names[0] !== 'recipe')
    return `${line}: not results of svft, whose columns are recipe, method, … separated by commas; found: ${escapeLine(names[0], 60)}`
  if (names.length > MOST_CELLS) return `${line}: more than ${MOST_CELLS} columns`
  const unclosed = unclosedQuote(header)
  if (unclosed !== undefined) return unclosed
  const missing = REQUIRED_COLUMNS.filter(name => !names.includes(name))
  if (missing.length > 0) return `${line}: columns missing: ${missing.join(', ')}`
  const repeated = header.find(({text}, i) => names.indexOf(text) < i && columnOf(text) !== undefined)
  return repeated && `${repeated.position}: column ${escapeLine(repeated.text, 60)} appears twice`
}

function unclosedQuote(line: readonly CsvCell[]): string | undefined {
  const last = line[line.length - 1]
  return last.defect === UNCLOSED ? `${last.position}: not CSV: ${UNCLOSED}` : undefined
}

/** Describes the columns that are ignored. */
function unknownColumns(header: readonly CsvCell[]): string[] {
  return header
    .filter(({text}) => columnOf(text) === undefined)
    .map(({text, position}) => {
      const advice = didYouMean(nearest(text, [...FIELDS.keys()]))
      return `${position}: unknown column ${escapeLine(text, 60)}${advice ? `; ${advice}` : ''}`
    })
}

function parseRow(
  header: readonly CsvCell[],
  line: readonly CsvCell[],
): {readonly row: Row} | {readonly defects: readonly string[]} {
  const misquoted = line.filter(({defect}) => defect !== undefined)
  if (misquoted.length > 0) return {defects: misquoted.map(({position, defect}) => `${position}: ${defect}`)}
  if (line.length !== header.length) {
    const {position} = line[line.length - 1]
    const values = line.length > MOST_CELLS ? `more than ${MOST_CELLS} values` : pluralize(line.length, 'value')
    return {defects: [`${position}: ${values}; the header has ${header.length}`]}
  }
  const fields: Record<string, unknown> = {method: '', settings: ''}
  const scores: Record<string, Record<string, unknown>> = {}
  for (const [i, {text}] of line.entries()) {
    const column = columnOf(header[i].text)
    if (text === '' || column === undefined) continue
    const value = parseValue(text, column.schema)
    if ('field' in column) fields[column.field] = value
    else scores[column.split] = {score: Number.NaN, ...scores[column.split], [column.part]: value}
  }
  const {data, error} = rowSchema.safeParse({...fields, scores})
  if (data) return {row: data}
  return {defects: error.issues.map(({path}) => defectOf(header, line, columnAt(path.map(String))))}
}

/** The first of the values that a text may stand for which the schema takes; else the text, which the schema then refuses. */
function parseValue(text: string, schema: z.ZodType): unknown {
  const plain = unquoted(text)
  const values = [plain, plain.split(' '), ...(isNumber(text) ? [Number(text)] : []), FLAGS[text.toLowerCase()]]
  return values.find(value => schema.safeParse(value).success) ?? plain
}

/** Spreadsheets and pandas write TRUE and True. */
const FLAGS: Readonly<Record<string, boolean>> = {true: true, false: false}

/** A value without the apostrophe that keeps spreadsheets from running it as a formula. */
const unquoted = (value: string) => value.replace(/^'(?='*[=+\-@])/, '')

/** Whether a text is a finite number as JavaScript writes one. */
const isNumber = (text: string): boolean =>
  /^-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text))

const columnAt = ([field, split, part]: readonly string[]) =>
  field === 'scores' ? `${split}_${part ?? 'score'}` : columnName(field)

function defectOf(header: readonly CsvCell[], line: readonly CsvCell[], name: string): string {
  const expected = expectedIn(name)
  const cell = line[header.findIndex(({text}) => text === name)]
  if (cell === undefined) return `${line[0].position}: column ${name} is missing; expected ${expected}`
  const found = cell.text === '' ? 'empty' : `"${escapeLine(cell.text, 60)}"`
  return `${cell.position}: ${name} is ${found}; expected ${expected}`
}
