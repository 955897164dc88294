import {escapeMarkdown} from '../../base/text/markdown.ts'

export interface SummaryTable {
  readonly title: string
  readonly head: readonly string[]
  /** The most important first, as rows that do not fit are left out at the end. */
  readonly rows: readonly (readonly string[])[]
}

/** The largest summary of a step that GitHub accepts. */
export const SUMMARY_BYTES = 2 ** 20

/** Formats a table as Markdown of at most `room` bytes, with markup in its values escaped. Empty if the head does not fit. */
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

/** Escapes markup, joins lines, and cuts the text at `LONGEST` characters. */
function markdown(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  return escapeMarkdown(cut.replaceAll(/[\s\p{C}]+/gu, ' '))
}

const LONGEST = 2000
