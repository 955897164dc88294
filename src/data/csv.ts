import {type CsvError, type InfoRecord, parse} from 'csv-parse/sync'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {type DataRecord, recordsOf} from './record.ts'

/**
 * Parses comma-separated values (RFC 4180): a field in double quotes may hold commas, lines and, doubled, quotes. The first line
 * names the columns. Every field is a text. Throws a Fault that names the line if one has more
 * or fewer fields than there are columns, or a quote is never closed.
 */
export function parseCsv(text: string, file: string, options: CsvOptions = {}): DataRecord[] {
  const rows = read(text, file, options).map(({record, info}) => ({
    fields: record,
    line: info.lines - record.reduce((sum, field) => sum + field.split('\n').length - 1, 0),
  }))
  return recordsOf(rows.slice(1), rows[0]?.fields ?? [], file)
}

export interface CsvOptions {
  /** The number of rows to read, with that of the names; default: all. */
  readonly rows?: number
}

function read(text: string, file: string, {rows}: CsvOptions) {
  try {
    const found = parse(text, {
      to: rows ?? -1,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    })
    return found as unknown as {record: string[]; info: InfoRecord}[]
  } catch (cause) {
    const {code, message, lines, records} = cause as CsvError & {lines?: number; records: number}
    if (code === 'CSV_QUOTE_NOT_CLOSED') {
      const line = 1 + (records === 0 ? 0 : (read(text, file, {rows: records}).at(-1)?.info.lines ?? 0))
      throw new Fault('input', `${file}:${line}: not CSV: a quote that opens in this record is never closed`, {cause})
    }
    throw new Fault('input', `${file}:${lines ?? 1}: not CSV: ${escapeLine(message, 120)}`, {cause})
  }
}
