/** A table of a job summary. */
export interface SummaryTable {
  readonly title: string
  readonly head: readonly string[]
  /** What matters most first: what does not fit is left out at the end. */
  readonly rows: readonly (readonly string[])[]
}

/** A step may have so many bytes of summary, or GitHub takes none of them. */
export const SUMMARY_BYTES = 2 ** 20

/** The table as Markdown of at most `room` bytes, in which every value is text and nothing else; empty where nothing fits. */
export function summary({title, head, rows}: SummaryTable, room = SUMMARY_BYTES): string {
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

/** Text without markup, HTML, links or new lines, of at most some length. */
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
