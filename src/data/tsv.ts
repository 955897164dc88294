import {linesOf} from '../base/text/lines.ts'
import {checkLine, type DataRecord, recordsOf, type TextRow} from './record.ts'

export interface TsvOptions {
  /** The columns of a file without a line that names them. */
  readonly columns?: readonly string[] | undefined
  /** What happens to a line with fewer fields than columns; by default it is a fault. */
  readonly shortLines?: 'skip' | undefined
}

/**
 * Parses lines of fields with tabs between them, as GLUE ships its tasks: nothing is quoted, so quotes are text. The first line
 * names the columns, unless `columns` does, as for CoLA, whose files begin with an example. Every field is a text. Throws
 * a Fault that names the line if one has more or fewer fields than there are columns.
 */
export function parseTsv(text: string, file: string, {columns, shortLines}: TsvOptions = {}): DataRecord[] {
  const rows = readRows(text, file)
  const names = columns ?? rows.next().value?.fields ?? []
  return recordsOf(shortLines === 'skip' ? withFields(rows, names.length) : rows, names, file)
}

/** Whether a program that quotes fields may have written a field so: in quotes, with those inside it doubled. */
export const isQuoted = (field: string): boolean =>
  field.length > 2 && /^".*"$/s.test(field) && !field.slice(1, -1).replaceAll('""', '').includes('"')

/** The rows of a file one at a time, without the blank lines at its end. */
function* readRows(text: string, file: string): Generator<TextRow, undefined> {
  let end = text.length
  while (text[end - 1] === '\n' || text[end - 1] === '\r') end--
  if (end === 0) return
  let number = 0
  for (const line of linesOf(text.slice(0, end))) {
    number++
    checkLine(line, `${file}:${number}`)
    yield {fields: (line.endsWith('\r') ? line.slice(0, -1) : line).split('\t'), line: number}
  }
}

function* withFields(rows: Iterable<TextRow>, count: number): Generator<TextRow> {
  for (const row of rows) if (row.fields.length >= count) yield row
}
