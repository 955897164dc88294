import {basename} from 'node:path'
import {inline} from '../../base/printable.ts'
import {aligned} from '../../terminal/aligned.ts'
import {folded} from '../../terminal/folded.ts'
import type {ReportContent} from '../report.ts'
import type {TextTable} from '../tables/text-table.ts'

/** What a terminal shows: the tables that fit on it, where the others are, and where everything was written. */
export function reportText({sections}: ReportContent, files: readonly string[]): string {
  const parts = sections.flatMap(({notes, tables}) => [...notes, ...tables.map(table => shown(table, files))])
  return [...parts, files.join('\n')].join('\n\n')
}

function shown({title, head, rows, notes}: TextTable, files: readonly string[]): string {
  const heads = head.map(({text, group}) => inline(group === undefined ? text : `${group} ${text}`))
  const texts = [heads, ...rows.map(cells => cells.map(({text}) => inline(text)))]
  const sides = head.map(({align}) => align)
  const fitting = folded(texts, {sides, width: WIDEST})
  if (fitting) return [inline(title), ...aligned(fitting, sides), ...notes.map(note => inline(note))].join('\n')
  const width = Math.max(...aligned(texts, sides).map(({length}) => length))
  const file = files.find(file => basename(file) === 'report.md')
  return `${inline(title)}: ${width} columns wide, more than the ${WIDEST} of a terminal; it is in ${file}`
}

const WIDEST = 140
