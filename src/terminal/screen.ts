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
export const screenOn: (stream: ScreenStream) => Screen = memoizeByObject(stream =>
  stream.isTTY === true && process.env.TERM !== 'dumb' ? new TerminalScreen(stream) : plainScreen(stream),
)

/** The screen of a stream that is no terminal: permanent text alone, without colours. */
function plainScreen(stream: ScreenStream): Screen {
  const note = (text: string) => void stream.write(`${escapeText(text)}\n`)
  return {live: false, draw() {}, note, status: text => note(escapeLine(text)), clear() {}}
}

class TerminalScreen implements Screen {
  readonly live = true
  private readonly stream: ScreenStream
  private readonly paint = process.env.NO_COLOR ? textOf : painted
  private lines: readonly ScreenLine[] = []
  /** The cells of each live line on the terminal, where earlier lines may still be drawn. */
  private drawn: readonly number[] = []
  private drawnAt = Number.NEGATIVE_INFINITY
  /** Set while a drawing waits. */
  private timer: NodeJS.Timeout | undefined

  constructor(stream: ScreenStream) {
    this.stream = stream
    stream.on('resize', () => this.drawn.length > 0 && this.redraw())
  }

  draw(lines: readonly ScreenLine[]): void {
    this.lines = lines
    const wait = this.drawnAt + REDRAW_MS - performance.now()
    if (wait <= 0) this.redraw()
    else this.timer ??= setTimeout(() => this.redraw(), wait).unref()
  }

  note(text: string, colour?: Colour): void {
    const shown = escapeText(text)
    const head = (colour && /^[^:\n]*:?/.exec(shown)?.[0]) ?? ''
    this.redraw(`${colour ? this.paint({text: head, colour}) : ''}${shown.slice(head.length)}\n`)
  }

  status(text: string): void {
    this.draw([[{text: escapeLine(text), colour: 'dim'}]])
  }

  clear(): void {
    this.lines = []
    if (this.drawn.length > 0 || this.timer) this.redraw()
  }

  /** Draws the live lines again, below a permanent text. */
  private redraw(above = ''): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.drawnAt = performance.now()
    const columns = columnsOf(this.stream)
    const erase = eraseText(this.drawn, columns)
    const fitted = this.lines.map(line => fitLine(line, columns - 1))
    this.drawn = fitted.map(width)
    const foot = fitted.map(line => line.map(this.paint).join('')).join('\n')
    this.stream.write(`${erase}${above}${foot}`)
  }
}

/** Moves to the beginning of lines of these cells, which a narrower terminal has wrapped, and clears the rest. */
function eraseText(drawn: readonly number[], columns: number): string {
  const rows = sum(drawn.map(cells => Math.max(1, Math.ceil(cells / columns))))
  return drawn.length === 0 ? '' : `\r${rows > 1 ? `\u001b[${rows - 1}A` : ''}\u001b[J`
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
