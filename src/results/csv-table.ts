/** A value of a CSV file, and where it begins. Lines and columns count from 1. */
export interface CsvCell {
  readonly text: string
  readonly line: number
  readonly column: number
}

/** A defect of a CSV file, and its position. */
export interface CsvDefect {
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface CsvLine {
  readonly line: number
  readonly cells: readonly CsvCell[]
}

/** A CSV file as it stands, well-formed or not. */
export interface CsvTable {
  readonly header: CsvLine
  /** The lines below the header, without blank ones. */
  readonly lines: readonly CsvLine[]
  /** Misplaced quotes. */
  readonly misquoted: readonly CsvDefect[]
  /** A quote that is never closed, so that the rest of the file is one value. */
  readonly unclosed: CsvDefect | undefined
}

/** Reads CSV whatever is wrong with it. A byte order mark at the front is ignored. */
export function readTable(text: string): CsvTable {
  const misquoted: CsvDefect[] = []
  const lines: CsvLine[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0
  let line = 1
  let start = at
  while (at < text.length) {
    const cells: CsvCell[] = []
    const first = line
    for (;;) {
      const position = {line, column: at - start + 1}
      const value = text[at] === '"' ? quotedValue(text, at) : plainValue(text, at)
      if (value.defect !== undefined) misquoted.push({...position, message: value.defect})
      cells.push({text: value.text, ...position})
      for (let i = at; i < value.end; i++) {
        if (text[i] !== '\n') continue
        line++
        start = i + 1
      }
      at = value.end
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
    header,
    lines: rest.filter(({cells}) => cells.length > 1 || cells[0].text.trim() !== ''),
    misquoted,
    unclosed: misquoted.find(({message}) => message === UNCLOSED),
  }
}

const UNCLOSED = 'a quote that is never closed'

interface ParsedValue {
  readonly text: string
  /** The index of the comma or line end behind the value. */
  readonly end: number
  readonly defect?: string
}

const ENDS = /[,\n]|\r\n/g

function plainValue(text: string, from: number): ParsedValue {
  ENDS.lastIndex = from
  const end = ENDS.exec(text)?.index ?? text.length
  const value = text.slice(from, end)
  return value.includes('"')
    ? {text: value, end, defect: 'a quote inside a value that is not quoted; quote the value and double the quote'}
    : {text: value, end}
}

function quotedValue(text: string, from: number): ParsedValue {
  let value = ''
  for (let at = from + 1; ; ) {
    const next = text.indexOf('"', at)
    if (next < 0) return {text: value + text.slice(at), end: text.length, defect: UNCLOSED}
    value += text.slice(at, next)
    if (text[next + 1] === '"') {
      value += '"'
      at = next + 2
      continue
    }
    const after = plainValue(text, next + 1)
    if (after.text === '') return {text: value, end: after.end}
    return {
      text: value + after.text,
      end: after.end,
      defect: 'text after a closing quote; double a quote that is part of the value',
    }
  }
}
