/** A value of a CSV file, and where it begins. */
export interface CsvCell {
  readonly text: string
  readonly line: number
  readonly column: number
}

/** Something wrong in a file, and what would be right. */
export interface ResultsFinding {
  readonly rule: string
  /** From 1. */
  readonly line: number
  readonly column: number
  readonly says: string
}

/** Where and what, as a rule tells it. */
export type FindingText = Omit<ResultsFinding, 'rule'>

export interface CsvLine {
  readonly line: number
  readonly cells: readonly CsvCell[]
}

/** A file of results as it stands, good or bad. */
export interface CsvTable {
  readonly text: string
  readonly header: CsvLine
  /** But blank ones. */
  readonly lines: readonly CsvLine[]
  readonly blank: readonly number[]
  /** What is wrong with quotes. */
  readonly quotes: readonly FindingText[]
  /** A quote is never closed, so that the end of the file is one value. */
  readonly isOpen: boolean
}

/** Reads CSV whatever is wrong with it; a byte order mark at the front is no part of it. */
export function readTable(text: string): CsvTable {
  const quotes: FindingText[] = []
  const lines: CsvLine[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0
  let line = 1
  let start = at
  while (at < text.length) {
    const cells: CsvCell[] = []
    const first = line
    for (;;) {
      const place = {line, column: at - start + 1}
      const cell = text[at] === '"' ? quoted(text, at) : plain(text, at)
      if (cell.wrong !== undefined) quotes.push({...place, says: cell.wrong})
      cells.push({text: cell.text, ...place})
      for (let i = at; i < cell.end; i++) {
        if (text[i] !== '\n') continue
        line++
        start = i + 1
      }
      at = cell.end
      if (text[at] !== ',') break
      at++
    }
    if (text[at] === '\r') at++
    at++
    line++
    start = at
    lines.push({line: first, cells})
  }
  const [header = {line: 1, cells: []}, ...rest] = lines
  return {
    text,
    header,
    lines: rest.filter(({cells}) => !isBlank(cells)),
    blank: rest.filter(({cells}) => isBlank(cells)).map(({line}) => line),
    quotes,
    isOpen: quotes.some(({says}) => says === OPEN),
  }
}

export const isBlank = (cells: readonly CsvCell[]) =>
  cells.length === 0 || (cells.length === 1 && cells[0].text.trim() === '')

const OPEN = 'a quote that is never closed'

interface Read {
  readonly text: string
  readonly end: number
  readonly wrong?: string
}

const ENDS = /[,\n]|\r\n/g

function plain(text: string, from: number): Read {
  ENDS.lastIndex = from
  const end = ENDS.exec(text)?.index ?? text.length
  const value = text.slice(from, end)
  return value.includes('"')
    ? {text: value, end, wrong: 'a quote inside a value that is not quoted; quote the value and double the quote'}
    : {text: value, end}
}

function quoted(text: string, from: number): Read {
  let value = ''
  for (let at = from + 1; ; ) {
    const next = text.indexOf('"', at)
    if (next < 0) return {text: value + text.slice(at), end: text.length, wrong: OPEN}
    value += text.slice(at, next)
    if (text[next + 1] === '"') {
      value += '"'
      at = next + 2
      continue
    }
    const after = plain(text, next + 1)
    if (after.text === '') return {text: value, end: after.end}
    return {
      text: value + after.text,
      end: after.end,
      wrong: 'text behind a closing quote; double a quote that is part of the value',
    }
  }
}
