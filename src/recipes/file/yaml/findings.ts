import {compact} from '../../../base/collections.ts'
import {escapeLine, escapeText} from '../../../base/printable.ts'
import {cellWidth} from '../../../terminal/cell-width.ts'
import {lineOf, type RecipeFinding, type SourceText, type TextSpan} from './tree.ts'

const MOST = 50
const WIDEST = 100
const LONGEST_MARK = 60

/**
 * Formats findings: each with `file:line:column`, the line and a mark under the position, in the order of the sources
 * and their text. At most 50 are shown.
 */
export function reportFindings(findings: readonly RecipeFinding[], sources: readonly SourceText[]): string {
  const ordered = unique(findings).sort(
    (a, b) => sources.indexOf(a.at.source) - sources.indexOf(b.at.source) || a.at.start - b.at.start,
  )
  const more = ordered.length > MOST && `and ${ordered.length - MOST} more`
  return compact([...ordered.slice(0, MOST).map(reportFinding), more]).join('\n')
}

function unique(findings: readonly RecipeFinding[]): RecipeFinding[] {
  const seen = new Map(
    findings.map(finding => [[finding.at.source.name, finding.at.start, finding.message].join('\0'), finding]),
  )
  return [...seen.values()]
}

function reportFinding({at, message}: RecipeFinding): string {
  const {line, column, text} = lineAt(at)
  const named = escapeLine(at.source.name, at.source.flag ? 60 : undefined)
  const place = at.source.flag || at.source.text === '' ? named : `${named}:${line}:${column}`
  const head = `${place}: ${escapeText(message)}`
  if (at.end <= at.start) return head // the whole file is meant

  const number = at.source.flag ? '' : String(line)
  const {before, marked, after} = around(text, column - 1, at.end - at.start)
  const mark = ' '.repeat(cellWidth(before)) + '^'.repeat(Math.max(1, cellWidth(marked)))
  return [head, `  ${number} | ${before}${marked}${after}`, `  ${' '.repeat(number.length)} | ${mark}`].join('\n')
}

function lineAt(span: TextSpan): {line: number; column: number; text: string} {
  const {start} = span
  const {text} = span.source
  const from = start > 0 ? text.lastIndexOf('\n', start - 1) + 1 : 0
  const end = text.indexOf('\n', start)
  return {
    line: lineOf(span),
    column: start - from + 1,
    text: text.slice(from, end < 0 ? undefined : end).replace(/\r$/, ''),
  }
}

/** The marked part of a line with what fits beside it, ready to print. */
function around(text: string, start: number, length: number): {before: string; marked: string; after: string} {
  const end = Math.min(text.length, start + Math.min(length, LONGEST_MARK))
  const from = end <= WIDEST ? 0 : start - (WIDEST - LONGEST_MARK)
  const to = Math.max(end, from + WIDEST)
  return {
    before: (from > 0 ? '…' : '') + escapeLine(text.slice(from, start)),
    marked: escapeLine(text.slice(start, end)),
    after: escapeLine(text.slice(end, to)) + (to < text.length ? '…' : ''),
  }
}
