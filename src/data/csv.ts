import {type CsvError, parse} from 'csv-parse/sync'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {quote} from '../base/quote.ts'
import type {DataRecord} from './record.ts'

/**
 * Comma-separated values (RFC 4180): a field in double quotes may hold commas, lines and, doubled, quotes. The first line
 * names the columns. Every field is a text. Throws a Fault that names the line where one has more
 * or fewer fields than there are columns, or a quote is never closed.
 */
export function parseCsv(text: string, file: string): DataRecord[] {
  const rows = read(text, file)
  const names = rows.shift()?.fields ?? []
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Fault('input', `${file}:1: two columns of one name: ${quote(twice)}`)
  return rows.map(({fields, line}) => {
    const where = `${file}:${line}`
    if (fields.length !== names.length) {
      const known = `${names.length} columns (${escapeLine(names.join(', '), 200)})`
      throw new Fault('input', `${where}: ${fields.length} fields, ${known}: ${quote(fields)}`)
    }
    return {fields: Object.fromEntries(names.map((name, column) => [name, fields[column]])), where}
  })
}

interface CsvRow {
  readonly fields: string[]
  /** On which it begins. */
  readonly line: number
}

function read(text: string, file: string): CsvRow[] {
  try {
    const found = parse(text, {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    })
    return (found as unknown as {record: string[]; info: {lines: number}}[]).map(({record, info}) => ({
      fields: record,
      line: info.lines - record.reduce((sum, field) => sum + field.split('\n').length - 1, 0),
    }))
  } catch (cause) {
    const {message, lines} = cause as CsvError & {lines?: number}
    throw new Fault('input', `${file}:${lines ?? 1}: not CSV: ${escapeLine(message, 120)}`, {cause})
  }
}
