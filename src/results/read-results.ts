import {counted} from '../base/counted.ts'
import {Fault} from '../base/fault.ts'
import {inline} from '../base/printable.ts'
import {readWhole} from '../base/read-file.ts'
import {type CsvLine, type FindingText, readTable} from './csv-table.ts'
import {FIELDS, fieldOf, isNumber, type ValueKind} from './known-recipe.ts'
import {type Row, rowSchema} from './row.ts'

/** The rows of a results file, and what is wrong with the lines that are none: `file:line:column`, value and remedy. */
export interface ScannedResults {
  readonly rows: readonly Row[]
  readonly defects: readonly string[]
}

/** The rows of a file that `writeResults` wrote. @throws Fault 'io', or 'input' with the first value that makes no row */
export async function readResults(file: string): Promise<Row[]> {
  const {rows, defects} = await scanResults(file)
  const more = defects.length > 1 ? `, and ${counted(defects.length - 1, 'more defect')}` : ''
  if (defects.length > 0) throw new Fault('input', defects[0] + more)
  return [...rows]
}

/** The rows of a results file whose lines need not all be rows. @throws Fault 'io', or 'input' where it is no results file */
export async function scanResults(file: string): Promise<ScannedResults> {
  const {header, lines, quotes, isOpen} = readTable(await textOf(file))
  if (header.cells.length === 0) return {rows: [], defects: []}
  const [{text: first}] = header.cells
  if (first !== 'recipe')
    throw new Fault(
      'input',
      `${inline(file)}:1: not results of svft, whose columns are recipe, method, … with commas between; found ${inline(first, 60)}`,
    )
  const where = ({line, column}: Pick<FindingText, 'line' | 'column'>) => `${inline(file)}:${line}:${column}`
  if (isOpen) {
    const open = quotes.at(-1)!
    throw new Fault('input', `${where(open)}: not CSV: ${open.says}`)
  }
  const missing = NEEDED.filter(name => !header.cells.some(({text}) => text === name))
  if (missing.length > 0) throw new Fault('input', `${inline(file)}:1: columns missing: ${missing.join(', ')}`)
  const unknown = header.cells.filter(({text}) => fieldOf(text) === undefined)
  const defects = unknown.map(cell => `${where(cell)}: unknown column ${inline(cell.text, 60)}`)
  const badQuotes = new Map(quotes.map(quote => [where(quote), quote]))
  const rows: Row[] = []
  for (const line of lines) {
    const misquoted = line.cells.flatMap(cell => badQuotes.get(where(cell)) ?? [])
    const read = misquoted.length > 0 ? {wrong: misquoted} : readLine(header, line)
    if ('row' in read) rows.push(read.row)
    else defects.push(...read.wrong.map(one => `${where(one)}: ${one.says}`))
  }
  return {rows, defects}
}

/** Whether a CSV file is of rows, by its first line; a folder of results may have tables of other kinds. */
export const holdsRows = async (file: string): Promise<boolean> => /^\ufeff?"?recipe\b/.test(await textOf(file))

const textOf = async (file: string) => Buffer.from(await readWhole(file)).toString()

const MOST = 10

/** The first defects of a file and the number of the others, so that a file with many gives no more than a few lines. */
export const firstOf = (defects: readonly string[], file: string): readonly string[] =>
  defects.length <= MOST
    ? defects
    : [
        ...defects.slice(0, MOST),
        `${inline(file)}: ${counted(defects.length - MOST, 'more defect')}; svft lint lists all`,
      ]

/** Without one of these no line is a row. */
const NEEDED = Object.keys(FIELDS).filter(name => FIELDS[name].needed === 'always' && name !== 'method')

const SCORE = /^(.+)_(score|n|metric)$/

function readLine(header: CsvLine, line: CsvLine): {readonly row: Row} | {readonly wrong: readonly FindingText[]} {
  const {cells} = line
  if (cells.length !== header.cells.length) {
    const says = `${counted(cells.length, 'value')}; the header has ${header.cells.length}`
    return {wrong: [{line: line.line, column: cells.at(-1)!.column, says}]}
  }
  const fields: Record<string, unknown> = {method: '', settings: ''}
  const scores: Record<string, Record<string, unknown>> = {}
  for (const [i, {text}] of cells.entries()) {
    const {text: name} = header.cells[i]
    const kind = fieldOf(name)?.kind
    if (text === '' || kind === undefined) continue
    const [, column, part] = Object.hasOwn(FIELDS, name) ? [] : (SCORE.exec(name) ?? [])
    if (column !== undefined) scores[column] = {...scores[column], [part]: parsed(text, {kind, name})}
    else if (Object.hasOwn(FIELDS, name)) fields[camel(name)] = parsed(text, {kind, name})
  }
  const valued = Object.entries(scores).map(([column, parts]) => [column, {score: Number.NaN, ...parts}])
  const {data, error} = rowSchema.safeParse({...fields, scores: Object.fromEntries(valued)})
  if (data) return {row: data}
  return {wrong: error.issues.map(({path}) => wrongIn(header, line, columnOf(path.map(String))))}
}

/** What is no number where one belongs stays text, which no row takes. */
function parsed(value: string, {kind, name}: {readonly kind: ValueKind; readonly name: string}): unknown {
  if (name === 'cells') return unquoted(value).split(' ')
  if (kind === 'flag') return FLAGS[value] ?? value
  if (kind === 'text') return unquoted(value)
  return isNumber(value) ? Number(value) : value
}

const FLAGS: Readonly<Record<string, boolean>> = {true: true, false: false}

/** The apostrophe before what a spreadsheet would take for a formula is not a part of it. */
const unquoted = (value: string) => value.replace(/^'(?=[=+\-@])/, '')

const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
const snake = (name: string) => name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const columnOf = ([field, column, part]: readonly string[]) =>
  field === 'scores' ? `${column}_${part ?? 'score'}` : snake(field)

const EXPECTED: Readonly<Record<ValueKind, string>> = {
  text: 'a text of at most 1,000 characters',
  count: 'a whole number of at least 0',
  amount: 'a number of at least 0',
  flag: 'true or false',
  score: 'a number from -1 to 1, or nothing',
}

function wrongIn(header: CsvLine, line: CsvLine, name: string): FindingText {
  const expected =
    name === 'finished'
      ? 'a time like 2026-11-24T18:00:00.000Z'
      : name.endsWith('_metric')
        ? 'accuracy, matthews or pearson'
        : EXPECTED[fieldOf(name)?.kind ?? 'text']
  const cell = line.cells[header.cells.findIndex(({text}) => text === name)]
  if (cell === undefined) return {line: line.line, column: 1, says: `column ${name} is missing; it needs ${expected}`}
  const found = cell.text === '' ? 'nothing' : `"${inline(cell.text, 60)}"`
  return {line: cell.line, column: cell.column, says: `${name} is ${found}; it needs ${expected}`}
}
