import {compact, groupBy} from '../base/collections.ts'
import type {PaperVersion} from '../paper/rows.ts'
import {DEFAULT_VERSION, isSameRun, PAPER_VERSIONS, paperRows} from '../paper/versions.ts'
import type {Row} from '../results/row.ts'
import {findComparable, incomparableNotes, unprovenNotes} from './comparable.ts'
import type {Figure} from './draw/figure.ts'
import {isDrawable} from './draw/pareto-figure.ts'
import {buildEntries, columnNames, type DivergedRun, type ReportEntry, type ReportedRun} from './entries.ts'
import {paperFigures} from './figures/paper-figures.ts'
import {printedMemoryFigures} from './figures/printed-memory.ts'
import {type Losses, suiteCurves} from './figures/suite-curves.ts'
import {memoryFigures, suiteFigure} from './figures/suite-figures.ts'
import {tuningCurves} from './figures/tuning-curves.ts'
import type {ItemResults} from './item-results.ts'
import {matchReference} from './match-reference.ts'
import type {RowOrigins} from './origins.ts'
import {describeProvenance, type ProvenanceFact, reportTitle, type UnreadFolder} from './provenance.ts'
import type {ReportedPaper} from './reported-paper.ts'
import type {Section} from './section.ts'
import {compareColumn, type PairwiseComparison} from './suite-comparison.ts'
import {buildSummary, type ReproductionSummary} from './summary/summary.ts'
import {comparisonTable} from './tables/comparison-table.ts'
import {entryLabels} from './tables/labels.ts'
import {type ComparedMemory, compareMemory, memoryHint, memoryTables} from './tables/memory-tables.ts'
import {type JudgedRow, judgeRows, paperTables} from './tables/paper-tables.ts'
import {missingNotes, suiteTable} from './tables/suite-table.ts'
import {unlikeNote} from './tables/tuning-notes.ts'
import {verdictNotes} from './tables/verdict-notes.ts'
import {withUniqueIds} from './unique-ids.ts'

/** The sources of a report: the rows, and the predictions and losses of runs whose folders are here. */
export interface ReportSources {
  readonly runs: readonly ReportedRun[]
  readonly itemResults: readonly ItemResults[]
  readonly losses: readonly Losses[]
  /** The runs that diverged, where run folders are read. */
  readonly diverged?: readonly DivergedRun[]
  /** The reference rows of the same suites; `itself` if the report is of them. */
  readonly reference?: readonly Row[] | 'itself'
  /** The rows of trials in the folder `trials` beside results files, which count as cost alone. */
  readonly trials?: readonly Row[]
  /** The folders of results files below the one that is reported. */
  readonly unreadFolders?: readonly UnreadFolder[]
  readonly origins: RowOrigins
}

/** A report before it is written in any form. */
export interface ReportContent {
  readonly version: PaperVersion
  readonly title: string
  readonly facts: readonly ProvenanceFact[]
  readonly sections: readonly Section[]
  readonly entries: readonly ReportEntry[]
  readonly rows: readonly JudgedRow[]
  /** The memory that the paper prints, beside the planned one. */
  readonly memory: readonly ComparedMemory[]
  readonly comparisons: readonly PairwiseComparison[]
  readonly summary: ReproductionSummary
  readonly warnings: readonly string[]
}

/** The figures of all sections, in their order. */
export const figuresOf = ({sections}: Pick<ReportContent, 'sections'>): Figure[] =>
  sections.flatMap(({figures = []}) => figures)

/** Builds the report: the paper's tables with verdicts, the paper's figures, then the tables and figures of each suite. */
export function buildReport(
  {runs, itemResults, losses, diverged, reference = [], trials = [], unreadFolders = [], origins}: ReportSources,
  {version = DEFAULT_VERSION, memory = [], prose = []}: Partial<ReportedPaper> = {},
): ReportContent {
  const {entries, warnings} = buildEntries(runs, {itemResults, diverged})
  const rows = judgeRows(entries, version)
  const suites = [...groupBy(entries, ({suite}) => suite).values()].map(all => compareSuite(all, itemResults))
  const tables = paperTables(rows)
  const title = `The paper’s tables${version === DEFAULT_VERSION ? '' : `, ${PAPER_VERSIONS[version].title}`}`
  const notes = rows.some(({params}) => params !== undefined) ? verdictNotes(rows.flatMap(({cells}) => cells)) : []
  const paper = tables.length === 0 ? [] : [{title, notes, tables}]
  const drawn = paperFigures(entries, itemResults, version)
  const figures = drawn.length === 0 ? [] : [{title: 'The paper’s figures', figures: drawn}]
  const isItself = reference === 'itself'
  const compared = compareMemory(memory)
  return {
    version,
    title: reportTitle(entries),
    facts: describeProvenance(runs, entries, unreadFolders),
    sections: withUniqueIds([
      ...(isItself ? [REFERENCE] : []),
      ...paper,
      ...memorySections(version, {entries, memory: compared}),
      ...figures,
      ...suites.map(suite => suiteSection(suite, {version, losses, committed: isItself ? [] : reference})),
    ]),
    entries,
    rows,
    memory: compared,
    comparisons: suites.flatMap(({comparisons}) => comparisons),
    summary: buildSummary({runs, entries, trials, origins, rows, prose}),
    warnings: [...warnings, ...suites.flatMap(suiteWarnings)],
  }
}

/** The printed beside the planned memory or, if the version prints none but runs of the paper's rows recorded theirs, where to find it. */
function memorySections(
  version: PaperVersion,
  {entries, memory}: {readonly entries: readonly ReportEntry[]; readonly memory: readonly ComparedMemory[]},
): Section[] {
  const title = 'The paper’s GPU memory'
  if (memory.length > 0) return [{title, tables: memoryTables(memory), figures: printedMemoryFigures(version)}]
  const hint = entries.some(({cells, cost}) => cells.length > 0 && cost.peakMemoryMb) ? memoryHint(version) : undefined
  return hint === undefined ? [] : [{title, notes: [hint]}]
}

/** The entries of a suite, compared with each other on each test file. */
interface ComparedSuite {
  readonly suite: string
  readonly entries: readonly ReportEntry[]
  /** Whether the entries are trials, which are scored on validation alone and not compared. */
  readonly isSearch: boolean
  readonly comparisons: readonly PairwiseComparison[]
  /** Sentences about the entries whose test items are not, or may not be, those of the others. */
  readonly itemNotes: readonly string[]
}

function compareSuite(entries: readonly ReportEntry[], itemResults: readonly ItemResults[]): ComparedSuite {
  const isSearch = entries.every(({columns}) => Object.keys(columns).join() === 'validation')
  const found = isSearch ? [] : columnNames(entries).map(column => findComparable(entries, column))
  const label = entryLabels(entries)
  return {
    suite: entries[0].suite,
    entries,
    isSearch,
    comparisons: found.map(({column, compared}) => compareColumn(compared, {column, itemResults})),
    itemNotes: found.flatMap(one => [...incomparableNotes(one, label), ...unprovenNotes(one, label)]),
  }
}

function suiteWarnings({suite, entries, itemNotes}: ComparedSuite): string[] {
  const unlike = unlikeNote(entries)
  const tuning = unlike === undefined ? [] : [`${suite}: methods were not tuned alike: ${unlike}`]
  return [...tuning, ...itemNotes.map(note => `${suite}, ${note}`)]
}

const REFERENCE: Section = {
  title: 'The reference',
  notes: [
    'This is a report of the reference, the rows that ship with svft. A report of your own runs shows them beside yours.',
  ],
}

interface SuiteParts {
  readonly version: PaperVersion
  readonly losses: readonly Losses[]
  readonly committed: readonly Row[]
}

function suiteSection(
  {suite, entries, isSearch, comparisons, itemNotes}: ComparedSuite,
  {version, losses, committed}: SuiteParts,
): Section {
  const hasFigures = needsOwnFigures(entries)
  const hasTable = needsOwnTable(entries, version)
  const pareto = comparisons
    .flatMap(one => compact([hasFigures && suiteFigure(entries, one), ...memoryFigures(entries, one)]))
    .filter(isDrawable)
  const curves = isSearch ? undefined : suiteCurves(suite, entries, losses)
  const tuning = tuningCurves(suite, entries)
  const tables = comparisons.filter(({pairs}) => pairs.length > 0).map(one => comparisonTable(entries, one))
  return {
    title: suite,
    notes: [...itemNotes, ...(hasTable ? [] : missingNotes(entries))],
    tables: compact([hasTable && suiteTable(suite, entries, matchReference(entries, committed)), ...tables]),
    figures: compact([...pareto, ...tuning, curves]),
  }
}

/** Whether some entries are not of the paper, so that the suite needs figures of its own. */
const needsOwnFigures = (entries: readonly ReportEntry[]): boolean =>
  entries.some(({cells, set}) => cells.length === 0 || set !== undefined)

/** Whether some entries are in no table of this version of the paper, so that the suite needs a table of its own. */
const needsOwnTable = (entries: readonly ReportEntry[], version: PaperVersion): boolean =>
  entries.some(({cells, set}) => set !== undefined || !paperRows(version).some(({cell}) => isSameRun(cells, cell)))
