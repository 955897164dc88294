import {aligned} from '../../text/aligned.ts'
import type {Report} from '../report.ts'
import type {Table} from '../tables/table.ts'

/** What a terminal shows: the tables that fit on it, and where everything was written. */
export function reportText({sections}: Report, files: readonly string[]): string {
  const parts = sections.flatMap(({notes, tables}) => [...notes, ...tables.map(tableText).filter(fits)])
  return [...parts, files.join('\n')].join('\n\n')
}

function tableText({title, head, rows, notes}: Table): string {
  const heads = head.map(({text, group}) => (group === undefined ? text : `${group} ${text}`))
  const lines = aligned(
    [heads, ...rows.map(cells => cells.map(({text}) => text))],
    head.map(({align}) => align),
  )
  return [title, ...lines, ...notes].join('\n')
}

const WIDEST = 140

const fits = (table: string) =>
  table
    .split('\n')
    .slice(1, -1)
    .every(line => line.length <= WIDEST)
