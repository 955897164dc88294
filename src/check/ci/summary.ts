/** A table of a job summary. */
export interface SummaryTable {
  readonly title: string
  readonly head: readonly string[]
  /** The most important first, as rows that do not fit are left out at the end. */
  readonly rows: readonly (readonly string[])[]
}

/** GitHub drops the summary of a step that is larger. */
export const SUMMARY_BYTES = 2 ** 20

/** Formats a table as Markdown of at most `room` bytes, without markup from its values. Empty if not even the head fits. */
export function formatSummary({title, head, rows}: SummaryTable, room = SUMMARY_BYTES): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdown).join(' | ')} |\n`
  const begin = `### ${markdown(title)}\n\n${line(head)}|${' --- |'.repeat(head.length)}\n`
  const more = (left: number) => `\nand ${left} more\n`
  let left = room - Buffer.byteLength(begin) - Buffer.byteLength(more(rows.length))
  if (left < 0) return ''
  const lines: string[] = []
  for (const row of rows) {
    const text = line(row)
    left -= Buffer.byteLength(text)
    if (left < 0) break
    lines.push(text)
  }
  return begin + lines.join('') + (lines.length < rows.length ? more(rows.length - lines.length) : '\n')
}

/** Text without markup, HTML, links or line breaks, cut at `LONGEST` characters. */
function markdown(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return cut
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|#~@]/g, character => `&#${character.charCodeAt(0)};`)
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .replaceAll(/:(?=\/\/)|(?<=www)\./gi, character => `&#${character.charCodeAt(0)};`)
}

const LONGEST = 2000
