import {grouped} from '../base/group.ts'
import type {Row} from '../results/row.ts'
import type {Figure} from './draw/figure.ts'
import {isDrawable} from './draw/pareto-figure.ts'
import {entriesOf, type ReportEntry, type RowSetup} from './entries.ts'
import {paperFigures} from './paper-figures.ts'
import {type ProvenanceFact, provenance, titleOf} from './provenance.ts'
import {referenceOf} from './reference.ts'
import {type Answers, compareColumn, type PairwiseComparison} from './suite-comparison.ts'
import {type Losses, suiteCurves} from './suite-curves.ts'
import {suitePareto} from './suite-figures.ts'
import {comparisonTable} from './tables/comparison-table.ts'
import {type JudgedRow, judgedRows, paperTables} from './tables/paper-tables.ts'
import {columnsOf, suiteTable} from './tables/suite-table.ts'
import type {TextTable} from './tables/table.ts'
import {verdictNotes} from './tables/verdict-notes.ts'

/** What a report is made from: rows, and of runs whose folders are here how each item was answered. */
export interface Sources {
  readonly told: readonly RowSetup[]
  readonly answers: readonly Answers[]
  readonly losses: readonly Losses[]
  /** The committed rows of the same suites; `itself` where it is these that the report is of. */
  readonly reference?: readonly Row[] | 'itself'
}

/** A report before it is written in any form. */
export interface ReportContent {
  readonly title: string
  readonly facts: readonly ProvenanceFact[]
  readonly sections: readonly Section[]
  readonly entries: readonly ReportEntry[]
  readonly rows: readonly JudgedRow[]
  readonly comparisons: readonly PairwiseComparison[]
  readonly warnings: readonly string[]
}

export interface Section {
  readonly title: string
  readonly notes: readonly string[]
  readonly tables: readonly TextTable[]
  readonly figures: readonly Figure[]
}

/** Of all sections, in their order. */
export const figuresOf = ({sections}: Pick<ReportContent, 'sections'>): Figure[] =>
  sections.flatMap(({figures}) => figures)

/** Everything that rows say: the paper's tables with verdicts and its figures, then each suite with its tables and figures. */
export function buildReport({told, answers, losses, reference = []}: Sources): ReportContent {
  const {entries, warnings} = entriesOf(told)
  const rows = judgedRows(entries)
  const suites = [...grouped(entries, ({suite}) => suite)]
  const comparisons = suites.flatMap(([, entries]) =>
    columnsOf(entries).map(column => compareColumn(entries, column, answers)),
  )
  const tables = paperTables(rows)
  const paper =
    tables.length === 0 ? [] : [{title: 'The paper’s tables', notes: verdictNotes(rows), tables, figures: []}]
  const drawn = paperFigures(entries, answers)
  const figures = drawn.length === 0 ? [] : [{title: 'The paper’s figures', notes: [], tables: [], figures: drawn}]
  const sections = suites.map(([suite, entries]) => {
    const compared = comparisons.filter(one => one.suite === suite)
    return suiteSection(suite, entries, {compared, losses, committed: reference === 'itself' ? [] : reference})
  })
  const itself = reference === 'itself' ? [REFERENCE] : []
  return {
    title: titleOf(entries),
    facts: provenance(told, entries),
    sections: [...itself, ...paper, ...figures, ...sections],
    entries,
    rows,
    comparisons,
    warnings,
  }
}

const REFERENCE: Section = {
  title: 'The reference',
  notes: [
    'This report is of the reference, the rows that ship with svft. A report of your own runs shows these beside them.',
  ],
  tables: [],
  figures: [],
}

interface SuiteParts {
  readonly compared: readonly PairwiseComparison[]
  readonly losses: readonly Losses[]
  readonly committed: readonly Row[]
}

function suiteSection(
  suite: string,
  entries: readonly ReportEntry[],
  {compared, losses, committed}: SuiteParts,
): Section {
  const own = entries.some(({cells, set}) => cells.length === 0 || set !== undefined) // no table of the paper has all
  const pareto = own ? compared.map(one => suitePareto(entries, one)).filter(isDrawable) : []
  const curves = suiteCurves(suite, entries, losses)
  const tables = compared.filter(({pairs}) => pairs.length > 0).map(one => comparisonTable(entries, one))
  return {
    title: suite,
    notes: [],
    tables: [...(own ? [suiteTable(suite, entries, referenceOf(entries, committed))] : []), ...tables],
    figures: curves ? [...pareto, curves] : pareto,
  }
}
