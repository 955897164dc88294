import {cellWidth} from './cell-width.ts'

/** Rows of text as lines with columns of equal width, two spaces apart. */
export function alignColumns(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, i) => widest(rows.map(row => row[i])))
  return rows.map(row =>
    row
      .map((text, i) => pad(text, widths[i], sides[i]))
      .join('  ')
      .trimEnd(),
  )
}

/** The width of the widest text in cells of a terminal. */
export const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(text => cellWidth(text)))

/** Fills a text with spaces up to a width in cells. */
export function pad(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(width - cellWidth(text))
  return side === 'left' ? text + space : space + text
}
