/** A value of a CSV file, well-formed or not. */
export interface CsvCell {
  readonly text: string
  /** The line that it begins in, from 1, and the same with its column: `3:13`. */
  readonly line: number
  readonly position: string
  /** The mistake in its quotes. */
  readonly defect?: string
}

/** A value, quoted or plain or, by mistake, both, with the comma or the line end behind it. */
const VALUE =
  /(?:"(?<quoted>[^"]*(?:""[^"]*)*)(?<closing>"?))?(?<plain>[^,\r\n]*(?:\r(?!\n)[^,\r\n]*)*)(?<end>,|\r?\n|$)/gy

/**
 * Parses the lines of a CSV file; a mistake in the quotes of a value affects only that value. (csv-parse stops at such a
 * mistake, and does not give the columns of values.) A blank line has a single, blank value. A byte order mark is ignored.
 */
export function parseCsvCells(source: string): CsvCell[][] {
  const text = source.replace(/^\ufeff/, '')
  const lines: CsvCell[][] = []
  let cells: CsvCell[] = []
  let line = 1
  let start = 0
  for (const {0: all, index, groups = {}} of text.matchAll(VALUE)) {
    if (all === '' && cells.length === 0) break // behind the last line end
    const {quoted = '', plain, end} = groups
    cells.push({
      text: quoted.replaceAll('""', '"') + plain,
      line,
      position: `${line}:${index - start + 1}`,
      defect: quotesDefect(groups),
    })
    if (all.includes('\n')) {
      line += all.split('\n').length - 1
      start = index + all.lastIndexOf('\n') + 1
    }
    if (end === ',') continue
    lines.push(cells)
    cells = []
  }
  return lines
}

/** The defect of a value whose quote is never closed, so that the rest of the file is one value. */
export const UNCLOSED = 'a quote that is never closed'

function quotesDefect({quoted, closing, plain}: Readonly<Record<string, string | undefined>>): string | undefined {
  if (quoted !== undefined && closing === '') return UNCLOSED
  if (quoted !== undefined && plain !== '')
    return 'text after a closing quote; double a quote that is part of the value'
  if (plain?.includes('"')) return 'a quote inside a value that is not quoted; quote the value and double the quote'
  return undefined
}
