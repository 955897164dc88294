import {Fault} from '../base/fault.ts'
import {listSome} from '../base/pluralize.ts'
import {escapeLine, quote} from '../base/printable.ts'
import {sha256} from '../base/sha256.ts'

/** The limit of characters of a text to tokenize, which takes 1.5 s and 0.3 GB. */
export const MOST_CHARACTERS = 1_000_000

/** The limit of characters in all texts of a record that is trained on, whose texts are truncated. */
export const MOST_TEXT = 2 ** 24

/** The limit of characters of a line of a data file, with JSON's keys and escapes. */
const MOST_LINE = 2 * MOST_TEXT

/** What to do with a data file that is too large. */
export const SPLIT_FILE = 'split it into several files, which a path with * names'

export type Fields = Readonly<Record<string, unknown>>

/** One record of a data file, and its position: `file:line`, `file: entry 3` of an array, or `file: row 3` of a table. */
export interface DataRecord {
  readonly fields: Fields
  readonly where: string
  /** The columns that the task accepts, in words. */
  readonly forms?: string | undefined
  /** The columns of its table that are not read, with the kind of their values. */
  readonly unread?: Readonly<Record<string, string>> | undefined
  /** The names of classes, by the column of their ids, that its file contains. */
  readonly classNames?: ReadonlyMap<string, readonly string[]> | undefined
}

/**
 * A hash of all fields of a record. It does not depend on their order or on the format of the file, in some of which numbers
 * are text.
 */
export function hashRecord({fields}: Pick<DataRecord, 'fields'>): string {
  const names = Object.keys(fields).sort()
  const toText = (_: string, value: unknown) =>
    typeof value === 'number' || typeof value === 'bigint' ? String(value) : value
  return hashItem(JSON.stringify([names, names.map(name => fields[name])], toText))
}

/** A hash of what tells one item of a test from others, given as text. */
export const hashItem = (content: string): string => sha256(content).slice(0, 16)

/** The fields of one row of a table of text, and the line on which it begins. */
export interface TextRow {
  readonly fields: readonly string[]
  readonly line: number
}

export function checkLine({length}: string, where: string): void {
  if (length > MOST_LINE)
    throw new Fault('input', `${where}: a line of ${length} characters; at most ${MOST_LINE} are read; remove it`)
}

/**
 * Makes records of rows of text.
 *
 * @throws Fault 'input' if there are no names of columns or two are the same, if a row has more or fewer fields than those, or if
 * lines end in CR alone, so that all are one
 */
export function recordsOf(rows: Iterable<TextRow>, names: readonly string[], file: string): DataRecord[] {
  if (names.some(name => /\r(?!\n)/.test(name)))
    throw new Fault('input', `${file}: lines end in CR alone; convert them to LF or CRLF`)
  if (names.length === 1 && names[0] === '')
    throw new Fault('input', `${file}:1: the first line, which names the columns, is blank`)
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name)) throw new Fault('input', `${file}:1: two columns have the same name: ${quote(name)}`)
    seen.add(name)
  }
  return Array.from(rows, ({fields, line}) => {
    const where = `${file}:${line}`
    if (fields.length !== names.length) {
      const wrong = names.length === 1 ? wrongSeparator(names[0]) : undefined
      if (wrong !== undefined) throw new Fault('input', `${file}:1: ${wrong}`)
      const known = `${names.length} columns (${escapeLine(names.join(', '), 200)})`
      const advice = rowAdvice(fields, {file, isLonger: fields.length > names.length})
      throw new Fault('input', `${where}: ${fields.length} fields, ${known}${advice}: ${quote(fields)}`)
    }
    return {fields: Object.fromEntries(names.map((name, column) => [name, fields[column]])), where}
  })
}

function rowAdvice(fields: readonly string[], {file, isLonger}: {file: string; isLonger: boolean}): string {
  if (file.endsWith('.csv')) return isLonger ? '; put a text with commas in quotes' : ''
  return fields.some(field => field.startsWith('"')) ? `; ${UNQUOTED}` : ''
}

/** What to do with a .tsv file whose fields a program has put in quotes. */
export const UNQUOTED =
  'in .tsv, quotes are part of the text; if a program put fields in quotes, save the file as .csv, with commas'

/** The text under `key`; a Fault if there is none. */
export function textOf(found: DataRecord, key: string): string {
  const {fields, where} = found
  const value = fields[key]
  if (typeof value === 'string') return value
  if (value === undefined) throw missingColumn(found, [key])
  throw new Fault('input', `${where}: column "${key}" is not a text: ${quote(value)}`)
}

/** A hint for the only column of a record, if its name looks like several that another separator than the format's divides. */
function separatorHint(names: readonly string[]): string {
  const wrong = names.length === 1 ? wrongSeparator(names[0]) : undefined
  return wrong === undefined ? '' : `, as one column: ${wrong}`
}

/** What is wrong with the separator in a line of names that the format's own does not divide; undefined if it has none. */
export function wrongSeparator(names: string): string | undefined {
  const [separator] = /[;\t|,]/.exec(names) ?? []
  if (separator === undefined) return undefined
  return `.csv needs commas between columns and .tsv tabs, and this file has ${quote(separator)}`
}

/** The fault of a record without any of the columns `names`; it points to the recipe's `data`. */
export function missingColumn({forms, ...found}: DataRecord, names: readonly string[]): Fault {
  const accepted = forms === undefined ? '' : `; accepted: ${forms}`
  const needed = names.map(name => `"${name}"`).join(' or ')
  const message = `${found.where}: column ${needed} is missing; found: ${listColumns(found)}${accepted}`
  return new Fault('input', message, {at: ['data']})
}

/** A column's name in a list; in quotes if it is empty, or if white space at an end of it would not be seen. */
const showName = (name: string): string =>
  name !== '' && name === name.trim() ? escapeLine(name, 40) : quote(name, 40)

/** The names of a record's columns, as a text of bounded length, with a hint where another separator may divide them. */
export function listColumns({fields, unread = {}}: Pick<DataRecord, 'fields' | 'unread'>): string {
  const found = Object.keys(fields)
  const others = Object.entries(unread).map(([name, kind]) => `${escapeLine(name, 40)} (${kind}, which is not read)`)
  const shown = [...found.map(showName), ...others]
  return `${listSome(shown, 12) || 'none'}${separatorHint(found)}`
}
