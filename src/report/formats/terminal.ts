import {basename, dirname} from 'node:path'
import {groupBy} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {foldRows} from '../../terminal/fold-rows.ts'
import type {ReportContent} from '../report.ts'
import type {TextTable} from '../tables/text-table.ts'

/** The report for a terminal: the tables that fit, the file of those that do not, and the paths of all files; figures are counted. */
export function reportText({sections}: ReportContent, files: readonly string[]): string {
  const parts = sections.flatMap(({notes = [], tables = []}) => [
    ...notes,
    ...tables.map(table => tableText(table, files)),
  ])
  const isFigure = (file: string) => /\.(svg|png)$/.test(file)
  const figures = groupBy(files.filter(isFigure), file => dirname(file))
  const counts = [...figures].map(([folder, own]) => `${folder}: ${pluralize(own.length, 'file')}`)
  return [...parts, [...files.filter(file => !isFigure(file)), ...counts].join('\n')].join('\n\n')
}

function tableText({title, head, rows, notes = []}: TextTable, files: readonly string[]): string {
  const heads = head.map(({text, group}) => escapeLine(group === undefined ? text : `${group}: ${text}`))
  const texts = [heads, ...rows.map(cells => cells.map(({text}) => escapeLine(text)))]
  const sides = head.map(({align}) => align)
  const fitting = foldRows(texts, {sides, width: MAX_WIDTH})
  if (fitting)
    return [escapeLine(title), ...alignColumns(fitting, sides), ...notes.map(note => escapeLine(note))].join('\n')
  const width = Math.max(...alignColumns(texts, sides).map(({length}) => length))
  const file = files.find(file => basename(file) === 'report.md')
  return `${escapeLine(title)}: ${width} columns wide, more than ${MAX_WIDTH}; see ${file}`
}

const MAX_WIDTH = 140
