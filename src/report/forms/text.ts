import {basename} from 'node:path'
import {aligned} from '../../text/aligned.ts'
import {inline} from '../../text/printable.ts'
import type {Report} from '../report.ts'
import type {Table} from '../tables/table.ts'

/** What a terminal shows: the tables that fit on it, where the others are, and where everything was written. */
export function reportText({sections}: Report, files: readonly string[]): string {
  const parts = sections.flatMap(({notes, tables}) => [...notes, ...tables.map(table => shown(table, files))])
  return [...parts, files.join('\n')].join('\n\n')
}

function shown({title, head, rows, notes}: Table, files: readonly string[]): string {
  const heads = head.map(({text, group}) => inline(group === undefined ? text : `${group} ${text}`))
  const lines = aligned(
    [heads, ...rows.map(cells => cells.map(({text}) => inline(text)))],
    head.map(({align}) => align),
  )
  const width = Math.max(...lines.map(({length}) => length))
  if (width <= WIDEST) return [inline(title), ...lines, ...notes.map(note => inline(note))].join('\n')
  const file = files.find(file => basename(file) === 'report.md')
  return `${inline(title)}: ${width} columns wide, more than the ${WIDEST} of a terminal; it is in ${file}`
}

const WIDEST = 140
