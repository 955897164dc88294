import {sum} from '../base/collections.ts'
import {memoizeByObject} from '../base/memoize.ts'
import {escapeLine, escapeText} from '../base/printable.ts'
import {cellWidth} from './cell-width.ts'

/** A stream that a screen is drawn on: a terminal, or any other. */
export type ScreenStream = NodeJS.WritableStream & {readonly isTTY?: boolean; readonly columns?: number}

/** A line in pieces: if the terminal is too narrow, whole pieces are dropped from its end. */
export type ScreenLine = readonly (string | {readonly text: string; readonly colour: Colour})[]

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** A stream with live lines at the bottom, which are redrawn, and permanent text above them. */
export interface Screen {
  /** Whether live lines are shown; without a terminal they are not. */
  readonly live: boolean
  /** Replaces the live lines. */
  draw(lines: readonly ScreenLine[]): void
  /** Writes text above the live lines, all its control characters escaped; up to its first colon in a colour. */
  note(text: string, colour?: Colour): void
  /** Shows the current activity: a live line until anything else is drawn, or a permanent line without a terminal. */
  status(text: string): void
  /** Erases the live lines. */
  clear(): void
}

const REDRAW_MS = 100
const CODES: Readonly<Record<Colour, number>> = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36}

/** The screen of a stream, which all its writers share, so that none overwrites the lines of another. */
export const screenOn: (stream: ScreenStream) => Screen = memoizeByObject(openScreen)

function openScreen(stream: ScreenStream): Screen {
  const live = stream.isTTY === true && process.env.TERM !== 'dumb'
  const paint = live && !process.env.NO_COLOR ? painted : textOf
  let current: readonly ScreenLine[] = []
  let drawn: readonly number[] = []
  let drawnAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  /** Moves to the beginning of the live lines, which a narrower terminal has wrapped, and clears the rest. */
  const erase = () => {
    const rows = sum(drawn.map(cells => Math.max(1, Math.ceil(cells / columnsOf(stream)))))
    return drawn.length === 0 ? '' : `\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`
  }
  const foot = () => {
    const fitted = current.map(line => fitLine(line, columnsOf(stream) - 1))
    drawn = fitted.map(width)
    return fitted.map(line => line.map(paint).join('')).join('\n')
  }
  const redraw = (above = '') => {
    clearTimeout(timer)
    timer = undefined
    drawnAt = performance.now()
    stream.write(`${erase()}${above}${foot()}`)
  }
  if (live) stream.on('resize', () => drawn.length > 0 && redraw())

  const draw = (lines: readonly ScreenLine[]) => {
    if (!live) return
    current = lines
    const wait = drawnAt + REDRAW_MS - performance.now()
    if (wait <= 0) redraw()
    else timer ??= setTimeout(redraw, wait).unref()
  }
  const note = (text: string, colour?: Colour) => {
    const shown = escapeText(text)
    const head = (colour && /^[^:\n]*:?/.exec(shown)?.[0]) ?? ''
    const line = `${colour ? paint({text: head, colour}) : ''}${shown.slice(head.length)}\n`
    if (live) redraw(line)
    else stream.write(line)
  }

  return {
    live,
    draw,
    note,
    status: text => (live ? draw([[{text: escapeLine(text), colour: 'dim'}]]) : note(escapeLine(text))),
    clear() {
      current = []
      if (drawn.length > 0 || timer) redraw()
    },
  }
}

/** The pieces of a line that fit into a number of cells, or the beginning of the first piece if that is too long. */
export function fitLine(line: ScreenLine, cells: number): ScreenLine {
  const fitted: ScreenLine[number][] = []
  let left = cells
  for (const piece of line) {
    const own = cellWidth(textOf(piece))
    if (own > left && fitted.length === 0) return [cut(textOf(piece), left)]
    if (own > left) break
    fitted.push(piece)
    left -= own
  }
  return fitted
}

function cut(text: string, cells: number): string {
  const characters = [...text]
  while (characters.length > 0 && cellWidth(characters.join('')) >= cells) characters.pop()
  return `${characters.join('')}…`
}

const columnsOf = ({columns}: ScreenStream) => columns || 80
const textOf = (piece: ScreenLine[number]) => (typeof piece === 'string' ? piece : piece.text)
const width = (line: ScreenLine) => sum(line.map(piece => cellWidth(textOf(piece))))

const painted = (piece: ScreenLine[number]) =>
  typeof piece === 'string' ? piece : `\u001b[${CODES[piece.colour]}m${piece.text}\u001b[0m`
