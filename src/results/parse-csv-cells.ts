/** A value of a CSV file, well-formed or not. */
export interface CsvCell {
  readonly text: string
  /** The line that it begins in, from 1, and the same with its column: `3:13`. */
  readonly line: number
  readonly position: string
  /** The mistake in its quotes. */
  readonly defect: string | undefined
}

/** The number of values in a line above which the rest of the line is not parsed. */
export const MOST_CELLS = 1000

/**
 * Parses the lines of a CSV file one at a time; a mistake in the quotes of a value affects only that value. (csv-parse stops at
 * such a mistake, and does not give the columns of values.) A blank line has a single, blank value. A byte order mark is
 * ignored.
 */
export function* parseCsvCells(source: string): Generator<readonly CsvCell[], undefined> {
  const text = source.replace(/^\ufeff/, '')
  let cells: CsvCell[] = []
  let line = 1
  let start = 0
  for (let at = 0; at < text.length || cells.length > 0; ) {
    const {end, ...value} = readValue(text, at)
    cells.push({...value, line, position: `${line}:${at - start + 1}`})
    const isLast = text[end] !== ',' || cells.length > MOST_CELLS
    const next = isLast ? behindLine(text, end) : end + 1
    const all = text.slice(at, next)
    for (let newline = all.indexOf('\n'); newline >= 0; newline = all.indexOf('\n', newline + 1)) {
      line++
      start = at + newline + 1
    }
    at = next
    if (!isLast) continue
    yield cells
    cells = []
  }
}

/** The defect of a value whose quote is never closed, so that the rest of the file is one value. */
export const UNCLOSED = 'a quote that is never closed'

/** Reads a value, quoted or plain or, by mistake, both; `end` is the index of the comma or line end behind it. */
function readValue(text: string, at: number): Pick<CsvCell, 'text' | 'defect'> & {readonly end: number} {
  const isQuoted = text[at] === '"'
  const closing = isQuoted ? closingQuote(text, at) : at - 1
  const quoted = isQuoted ? text.slice(at + 1, closing).replaceAll('""', '"') : ''
  if (closing === text.length) return {text: quoted, defect: UNCLOSED, end: closing}
  END.lastIndex = closing + 1
  const end = END.exec(text)?.index ?? text.length
  const plain = text.slice(closing + 1, end)
  return {text: quoted + plain, defect: quotesDefect(plain, {isQuoted}), end}
}

const END = /,|\r?\n/g

/** The index of the quote that closes a value; the end of the text if none does. Doubled quotes are part of the value. */
function closingQuote(text: string, opening: number): number {
  let closing = text.indexOf('"', opening + 1)
  while (closing >= 0 && text[closing + 1] === '"') closing = text.indexOf('"', closing + 2)
  return closing < 0 ? text.length : closing
}

/** The index behind the line end at or after `at`. */
function behindLine(text: string, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline + 1
}

function quotesDefect(plain: string, {isQuoted}: {readonly isQuoted: boolean}): string | undefined {
  if (isQuoted && plain !== '') return 'text after a closing quote; double a quote that is part of the value'
  if (plain.includes('"')) return 'a quote inside a value that is not quoted; quote the value and double the quote'
  return undefined
}
