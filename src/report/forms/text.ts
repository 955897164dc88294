import {aligned} from '../../text/aligned.ts'
import type {Report} from '../report.ts'
import type {Table} from '../tables/table.ts'

/** What a terminal shows: the tables, and where everything was written. */
export function reportText({sections}: Report, files: readonly string[]): string {
  const parts = sections.flatMap(({notes, tables}) => [...notes, ...tables.map(tableText)])
  return [...parts, ...files].join('\n\n').replaceAll(/\n\n(?=[^\n]*\.(svg|png)(\n|$))/g, '\n')
}

function tableText({title, head, rows, notes}: Table): string {
  const heads = head.map(({text, group}) => (group === undefined ? text : `${group} ${text}`))
  const lines = aligned(
    [heads, ...rows.map(cells => cells.map(({text}) => text))],
    head.map(({align}) => align),
  )
  return [title, ...lines, ...notes].join('\n')
}
