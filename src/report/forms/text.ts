import {basename} from 'node:path'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {foldRows} from '../../terminal/fold-rows.ts'
import type {ReportContent} from '../report.ts'
import type {TextTable} from '../tables/text-table.ts'

/** What a terminal shows: the tables that fit on it, where the others are, and where everything was written. */
export function reportText({sections}: ReportContent, files: readonly string[]): string {
  const parts = sections.flatMap(({notes, tables}) => [...notes, ...tables.map(table => shown(table, files))])
  return [...parts, files.join('\n')].join('\n\n')
}

function shown({title, head, rows, notes}: TextTable, files: readonly string[]): string {
  const heads = head.map(({text, group}) => escapeLine(group === undefined ? text : `${group} ${text}`))
  const texts = [heads, ...rows.map(cells => cells.map(({text}) => escapeLine(text)))]
  const sides = head.map(({align}) => align)
  const fitting = foldRows(texts, {sides, width: WIDEST})
  if (fitting)
    return [escapeLine(title), ...alignColumns(fitting, sides), ...notes.map(note => escapeLine(note))].join('\n')
  const width = Math.max(...alignColumns(texts, sides).map(({length}) => length))
  const file = files.find(file => basename(file) === 'report.md')
  return `${escapeLine(title)}: ${width} columns wide, more than the ${WIDEST} of a terminal; it is in ${file}`
}

const WIDEST = 140
