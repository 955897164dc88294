import {basename, dirname} from 'node:path'
import {compact, groupBy} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import {escapeLine} from '../../base/printable.ts'
import {alignColumns} from '../../terminal/align-columns.ts'
import {foldRows} from '../../terminal/fold-rows.ts'
import type {ReportContent} from '../report.ts'
import {fullHeading, type TextTable} from '../tables/text-table.ts'

/** The report for a terminal of a width: its tables, with the columns that fit, and the paths of all files; figures are counted. */
export function reportText({sections}: ReportContent, options: TerminalOptions): string {
  const {files} = options
  const parts = sections.flatMap(({notes = [], tables = []}) => [
    ...notes,
    ...tables.map(table => tableText(table, options)),
  ])
  const isFigure = (file: string) => /\.(svg|png)$/.test(file)
  const figures = groupBy(files.filter(isFigure), file => dirname(file))
  const counts = [...figures].map(([folder, own]) => `${folder}: ${pluralize(own.length, 'file')}`)
  return [...parts, [...files.filter(file => !isFigure(file)), ...counts].join('\n')].join('\n\n')
}

interface TerminalOptions {
  readonly files: readonly string[]
  /** The columns of the terminal; undefined without one. */
  readonly width: number | undefined
}

function tableText({title, head, rows, notes = []}: TextTable, {files, width = NO_LIMIT}: TerminalOptions): string {
  const heads = head.map(heading => escapeLine(fullHeading(heading)))
  const texts = [heads, ...rows.map(cells => cells.map(({text}) => escapeLine(text)))]
  const sides = head.map(({align}) => align)
  const fitting = fitColumns(texts, {sides, width})
  const leftOut = heads.slice(fitting[0].length)
  const file = files.find(file => basename(file) === 'report.md')
  return compact([
    escapeLine(title),
    ...alignColumns(fitting, sides.slice(0, fitting[0].length)),
    leftOut.length > 0 && `Not shown, see ${file}: ${leftOut.join('; ')}.`,
    ...notes.map(note => escapeLine(note)),
  ]).join('\n')
}

/** Folds as many of the first columns as fit. */
function fitColumns(rows: readonly (readonly string[])[], {sides, width}: Parameters<typeof foldRows>[1]): string[][] {
  const fitting = foldRows(rows, {sides, width: sides.length > 1 ? width : NO_LIMIT})
  if (fitting) return fitting
  const fewer = rows.map(row => row.slice(0, -1))
  return fitColumns(fewer, {sides: sides.slice(0, -1), width})
}

const NO_LIMIT = Number.POSITIVE_INFINITY
