import {type DataRecord, recordsOf} from './record.ts'

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
  const lines = text.split('\n').map(line => (line.endsWith('\r') ? line.slice(0, -1) : line))
  while (lines.at(-1) === '') lines.pop()
  const rows = lines.map((line, i) => ({fields: line.split('\t'), line: i + 1}))
  const names = columns ?? rows.shift()?.fields ?? []
  const used = shortLines === 'skip' ? rows.filter(({fields}) => fields.length >= names.length) : rows
  return recordsOf(used, names, file)
}
