import {sum} from '../base/collections.ts'
import {widest} from './align-columns.ts'
import {cellWidth} from './cell-width.ts'
import {fillLines} from './wrap-text.ts'

/**
 * Folds the rows of a table to at most `width` cells of a terminal, with columns two spaces apart: lists in left-aligned columns after
 * the first continue in lines below, broken after commas. Returns undefined if that is not enough.
 */
export function foldRows(
  rows: readonly (readonly string[])[],
  {sides, width}: {readonly sides: readonly ('left' | 'right')[]; readonly width: number},
): string[][] | undefined {
  const widths = sides.map((_, i) => widest(rows.map(row => row[i])))
  const least = sides.map((side, i) =>
    side === 'left' && i > 0 ? widest(rows.flatMap(row => partsOf(row[i]).map(part => part.trimEnd()))) : widths[i],
  )
  const excess = () => sum(widths) + 2 * (widths.length - 1) - width
  while (excess() > 0) {
    const room = widths.map((one, i) => (one > least[i] ? one : 0))
    const most = Math.max(...room)
    if (most === 0) return undefined
    widths[room.indexOf(most)]--
  }
  return rows.flatMap(row => {
    const cells = row.map((text, i) => linesOf(text, widths[i]))
    const high = Math.max(...cells.map(({length}) => length))
    return Array.from({length: high}, (_, line) => cells.map(lines => lines[line] ?? ''))
  })
}

/** The parts of a list, each with the comma and the space after it. */
const partsOf = (text: string): string[] => text.split(/(?<=, )/)

const linesOf = (text: string, width: number): string[] =>
  cellWidth(text) <= width ? [text] : fillLines(partsOf(text), line => cellWidth(line) <= width)
