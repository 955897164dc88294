import {sum} from '../../base/collections.ts'
import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'

/** How a table fits on the pages of a document: its columns, its orientation and the rows of each page. */
export interface LatexLayout {
  /** The argument of tabular. */
  readonly columns: string
  readonly isSideways: boolean
  readonly parts: readonly TextTable['rows'][]
}

/**
 * Lays out a table for the pages of LaTeX's class article: long texts of a table that is too wide are wrapped; if it is still
 * too wide, it is turned sideways; the rows are split over as many pages as they need, between methods. The text has 5 points
 * or more with up to eight columns of scores.
 */
export function layOut({head, rows}: TextTable): LatexLayout {
  const plain = head.map((heading, i) => openColumn(heading, textsOf(rows, i)))
  const columns = widthOf(plain) > WIDEST ? plain.map(wrapColumn) : plain
  const width = widthOf(columns)
  const page = width > WIDEST ? {width: 550, height: 250} : {width: 345, height: 430}
  const scale = Math.min(1, page.width / width)
  return {
    columns: columns.map(columnType).join(''),
    isSideways: width > WIDEST,
    parts: splitRows(rows, {columns, most: page.height / scale / LINE - HEAD_LINES}),
  }
}

/** The mean width of a letter in a font of 10 points: names of methods have capitals, verdicts have many narrow letters. */
const LETTER = {left: 5, right: 4.4}
const LINE = 12
const SPACE_OF_COLUMN = 8
/** The widest table that can shrink to a page of 345 points. */
const WIDEST = 580
const HEAD_LINES = 3

interface Column {
  readonly align: Heading['align']
  /** The width in letters. */
  readonly width: number
  readonly longestWord: number
  readonly isWrapped: boolean
}

const textsOf = (rows: TextTable['rows'], column: number) => rows.map(cells => cells[column].text)

function openColumn({text, align}: Heading, texts: readonly string[]): Column {
  const all = [text, ...texts]
  const longestWord = longest(all.flatMap(text => text.split(' ')))
  return {align, width: longest(all), longestWord, isWrapped: false}
}

const longest = (texts: readonly string[]) => Math.max(...texts.map(({length}) => length))

/** The number of letters above which a column is wrapped, and that of its lines. A score with its interval, of up to 28, stays on one line. */
const WRAPPED = {left: {above: 32, to: 32}, right: {above: 28, to: 18}}

function wrapColumn(column: Column): Column {
  const {above, to} = WRAPPED[column.align]
  return column.width > above ? {...column, width: Math.max(to, column.longestWord), isWrapped: true} : column
}

const widthOf = (columns: readonly Column[]) =>
  columns.reduce((sum, column) => sum + pointsOf(column) + SPACE_OF_COLUMN, 0)

const pointsOf = ({align, width}: Column) => width * LETTER[align]

function columnType(column: Column): string {
  const {align, isWrapped} = column
  if (!isWrapped) return align[0]
  const ragged = align === 'left' ? 'raggedright' : 'raggedleft'
  return `>{\\${ragged}\\arraybackslash}p{${(pointsOf(column) / 10).toFixed(1)}em}`
}

/** Splits rows where a method begins, so that a part has at most `most` lines, or a single method. */
function splitRows(
  rows: TextTable['rows'],
  {columns, most}: {readonly columns: readonly Column[]; readonly most: number},
): TextTable['rows'][] {
  const parts: (readonly TableCell[])[][] = []
  let lines = most // the first method begins a part
  for (const method of methodsOf(rows)) {
    const own = sum(method.map(cells => linesOf(cells, columns)))
    if (lines + own > most) {
      parts.push([])
      lines = 0
    }
    parts[parts.length - 1].push(...method)
    lines += own
  }
  return parts
}

/** The rows of each method; in a table that does not mark them, every row is one. */
function methodsOf(rows: TextTable['rows']): TextTable['rows'][] {
  const isMarked = rows.some(([{first}]) => first)
  const starts = rows.flatMap(([{first}], i) => (i === 0 || first || !isMarked ? [i] : []))
  return starts.map((start, i) => rows.slice(start, starts[i + 1]))
}

const linesOf = (cells: readonly TableCell[], columns: readonly Column[]) =>
  Math.max(...cells.map(({text}, i) => (columns[i].isWrapped ? Math.ceil(text.length / columns[i].width) : 1)))
