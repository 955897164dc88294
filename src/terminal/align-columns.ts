/** Rows of text as lines with columns of equal width, two spaces apart. */
export function alignColumns(rows: readonly (readonly string[])[], sides: readonly ('left' | 'right')[]): string[] {
  const widths = sides.map((_, i) => Math.max(0, ...rows.map(row => row[i].length)))
  const padded = (cell: string, i: number) => (sides[i] === 'left' ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  return rows.map(row => row.map(padded).join('  ').trimEnd())
}
