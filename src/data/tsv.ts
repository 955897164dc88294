import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import {quote} from '../base/quote.ts'
import type {DataRecord} from './record.ts'

/**
 * Lines of fields with tabs between them, as GLUE ships its tasks: nothing is quoted, so quotes are text. The first line
 * names the columns, unless `columns` does, as for CoLA, whose files begin with an example. Every field is a text. Throws
 * a Fault that names the line where one has more or fewer fields than there are columns.
 */
export function parseTsv(text: string, file: string, columns?: readonly string[]): DataRecord[] {
  const lines = text.split('\n').map(line => (line.endsWith('\r') ? line.slice(0, -1) : line))
  while (lines.at(-1) === '') lines.pop()
  const names = columns ?? lines[0]?.split('\t') ?? []
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Fault('input', `${file}:1: two columns of one name: ${quote(twice)}`)

  const first = columns === undefined ? 1 : 0
  return lines.slice(first).map((line, i) => {
    const where = `${file}:${first + i + 1}`
    const fields = line.split('\t')
    if (fields.length !== names.length) {
      const columns = `${names.length} columns (${escapeLine(names.join(', '), 200)})`
      throw new Fault('input', `${where}: ${fields.length} fields, ${columns}: ${quote(line)}`)
    }
    return {fields: Object.fromEntries(names.map((name, column) => [name, fields[column]])), where}
  })
}
