import {compact, groupBy} from '../../base/collections.ts'
import {escapeLine} from '../../base/printable.ts'
import {escapeMarkup} from '../../base/text/markup.ts'
import type {Heading, TableCell, TextTable} from '../tables/text-table.ts'

/** A table with its title, its columns' groups and its notes. A table too wide for the page is scrolled, by the keyboard too. */
export function tableText({id, title, head, rows, notes = []}: TextTable): string {
  return `<h3 id="${id}-title">${escaped(title)}</h3>
<div class="scroll" role="region" tabindex="0" aria-labelledby="${id}-title"><table id="${id}"${head.length > WIDE ? ' class="wide"' : ''} aria-labelledby="${id}-title">
<thead>
${groupRow(head)}<tr>${head.map(headingText).join('')}</tr>
</thead>
<tbody>
${rows.map(cells => rowText(cells, head)).join('\n')}
</tbody>
</table></div>
${notes.map(noteText).join('\n')}`
}

const headingText = ({text, align}: Heading): string =>
  text === ''
    ? `<td class="${align}"></td>` // a heading must have a name
    : `<th scope="col" class="${align}">${escaped(text)}</th>`

function groupRow(head: readonly Heading[]): string {
  if (head.every(({group}) => group === undefined)) return ''
  const groups = [...groupBy(head, ({group}) => group)]
  const cells = groups.map(([group = '', columns]) => {
    if (group === '') return `<td colspan="${columns.length}"></td>`
    return `<th scope="colgroup" colspan="${columns.length}" class="group">${escaped(group)}</th>`
  })
  return `<tr>${cells.join('')}</tr>\n`
}

function rowText(cells: readonly TableCell[], head: readonly Heading[]): string {
  const texts = cells.map((cell, i) => {
    const {text, tone, isPath} = cell
    const isLong = i > 0 && head[i].align === 'left' && text.length > LONG
    const classes = compact([head[i].align, tone, isLong && 'long', isPath && 'path'])
    const shown = head[i].align === 'right' ? escaped(unbroken(text)) : cellText(cell)
    const [begin, end] = i === 0 && text !== '' ? ['th scope="row"', 'th'] : ['td', 'td']
    return `<${begin} class="${classes.join(' ')}">${shown}</${end}>`
  })
  return `<tr${cells[0].first ? ' class="first"' : ''}>${texts.join('')}</tr>`
}

function cellText({text, isCommand, isPath}: TableCell): string {
  if (isCommand) return commandText(text)
  return isPath ? escaped(text).replaceAll('/', '/<wbr>') : escaped(text)
}

const commandText = (text: string): string =>
  `<code>${text
    .split(' ')
    .map(word => `<span>${escaped(word)}</span>`)
    .join(' ')}</code>`

/** Lets a line break before an interval, a difference, its bound or the seeds, but not inside them. */
const unbroken = (text: string): string =>
  text.replaceAll(' ', NBSP).replaceAll(/\u00a0(?=[[(≥]|(?:\d+|one)\u00a0seed)/g, ' ')

const NBSP = '\u00a0'

/** Tables with more columns than this are printed small. */
const WIDE = 8

/** Lists of methods longer than this may take several lines. */
const LONG = 24

/** Text that is no markup. */
export const escaped = (text: string): string => escapeMarkup(escapeLine(text))

export const noteText = (note: string) => `<p class="note">${escaped(note)}</p>`
