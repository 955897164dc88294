import {type CsvError, type InfoRecord, parse} from 'csv-parse/sync'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {linesOf} from '../base/text/lines.ts'
import {checkLine, type DataRecord, recordsOf, type TextRow, wrongSeparator} from './record.ts'

/**
 * Parses comma-separated values (RFC 4180): a field in double quotes may hold commas, lines and, doubled, quotes. The first line
 * names the columns. Every field is a text.
 *
 * @throws Fault 'input' that names the line, if one has more or fewer fields than there are columns or a quote is never closed; or
 * the separator, if that is not a comma
 */
export function parseCsv(text: string, file: string, options: CsvOptions = {}): DataRecord[] {
  let number = 0
  for (const line of linesOf(text)) {
    number++
    checkLine(line, `${file}:${number}`)
  }
  const rows = read(text, file, options)
  return recordsOf(rows.slice(1), rows[0]?.fields ?? [], file)
}

export interface CsvOptions {
  /** The number of rows to read, with that of the names; default: all. */
  readonly rows?: number
}

interface CsvRow extends TextRow {
  /** The line on which it ends. */
  readonly end: number
}

function read(text: string, file: string, {rows}: CsvOptions): CsvRow[] {
  try {
    const found = parse(text, {
      to: rows ?? -1,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    }) as unknown as {record: string[]; info: InfoRecord}[]
    let returns = 0 // the library counts each within a field as a line of its own
    return found.map(({record, info}) => {
      returns += count('\r', record)
      const end = info.lines - returns
      return {fields: record, line: end - count('\n', record), end}
    })
  } catch (cause) {
    throw csvFault(text, file, cause as CsvFailure)
  }
}

/** What the library throws, with the line where it stopped and the number of records before it. */
type CsvFailure = CsvError & {readonly lines?: number; readonly records: number}

function csvFault(text: string, file: string, cause: CsvFailure): Fault {
  const [names] = linesOf(text)
  const wrong = names.includes(',') ? undefined : wrongSeparator(names)
  if (wrong !== undefined) return new Fault('input', `${file}:1: ${wrong}`, {cause})
  const {code, message, lines = 1, records} = cause
  const before = records === 0 ? [] : read(text, file, {rows: records})
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    const line = 1 + (before.at(-1)?.end ?? 0)
    return new Fault('input', `${file}:${line}: not CSV: a quote that opens in this record is never closed`, {cause})
  }
  const line = lines - before.reduce((sum, {fields}) => sum + count('\r', fields), 0)
  const reason = message.replace(/ at line \d+/, '')
  return new Fault('input', `${file}:${line}: not CSV: ${escapeLine(reason, 120)}`, {cause})
}

const count = (character: string, fields: readonly string[]) => fields.join('').split(character).length - 1
