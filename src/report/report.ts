import {isDrawable, type Pareto} from './draw/pareto.ts'
import {type Entry, entriesOf, type Told} from './entries.ts'
import {grouped} from './group.ts'
import {type Answers, type Compared, compareColumn} from './suite-comparison.ts'
import {suitePareto} from './suite-figures.ts'
import {comparisonTable} from './tables/comparison-table.ts'
import {type JudgedRow, judgedRows, paperTables} from './tables/paper-tables.ts'
import {columnsOf, suiteTable} from './tables/suite-table.ts'
import type {Table} from './tables/table.ts'
import {verdictNotes} from './tables/verdict-notes.ts'

/** What a report is made from: rows, and of runs whose folders are here how each item was answered. */
export interface Sources {
  readonly told: readonly Told[]
  readonly answers: readonly Answers[]
}

/** A report before it is written in any form. */
export interface Report {
  readonly sections: readonly Section[]
  readonly entries: readonly Entry[]
  readonly rows: readonly JudgedRow[]
  readonly comparisons: readonly Compared[]
  readonly warnings: readonly string[]
}

export interface Section {
  readonly title: string
  readonly notes: readonly string[]
  readonly tables: readonly Table[]
  readonly figures: readonly Pareto[]
}

/** Everything that rows say: the paper's tables with verdicts, then each suite with its tables and figures. */
export function buildReport({told, answers}: Sources): Report {
  const {entries, warnings} = entriesOf(told)
  const rows = judgedRows(entries)
  const suites = [...grouped(entries, ({suite}) => suite)]
  const comparisons = suites.flatMap(([, entries]) =>
    columnsOf(entries).map(column => compareColumn(entries, column, answers)),
  )
  const tables = paperTables(rows)
  const paper =
    tables.length === 0 ? [] : [{title: 'The paper’s tables', notes: verdictNotes(rows), tables, figures: []}]
  const sections = suites.map(([suite, entries]) => {
    const compared = comparisons.filter(one => one.suite === suite)
    return suiteSection(suite, entries, compared)
  })
  return {sections: [...paper, ...sections], entries, rows, comparisons, warnings}
}

function suiteSection(suite: string, entries: readonly Entry[], compared: readonly Compared[]): Section {
  const own = entries.some(({cells}) => cells.length === 0)
  const figures = own ? compared.map(one => suitePareto(entries, one)).filter(isDrawable) : []
  const tables = compared.filter(({pairs}) => pairs.length > 0).map(one => comparisonTable(entries, one))
  return {title: suite, notes: [], tables: [...(own ? [suiteTable(suite, entries)] : []), ...tables], figures}
}
