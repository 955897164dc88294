import {groupBy} from '../base/collections.ts'
import {findComparable} from '../report/comparable.ts'
import type {Figure} from '../report/draw/figure.ts'
import type {MethodLine} from '../report/draw/lines.ts'
import {isDrawable} from '../report/draw/pareto-figure.ts'
import {columnNames, type ReportEntry} from '../report/entries.ts'
import {lossFigure, lossLine, smoothed} from '../report/figures/suite-curves.ts'
import {suiteFigure} from '../report/figures/suite-figures.ts'
import {readLosses} from '../report/sources/run-files.ts'
import {compareColumn} from '../report/suite-comparison.ts'
import {folderOf, OWN_RECIPES} from '../report/suites.ts'
import {entryLabels} from '../report/tables/labels.ts'
import {openIds} from '../report/unique-ids.ts'
import type {Row} from '../results/row.ts'
import {mean} from '../statistics/mean-variance.ts'
import {cacheByGroup, haveSameItems} from './cached-groups.ts'
import {openEntries} from './finished-entries.ts'
import {openLogs} from './follow-log.ts'
import type {WatchedCell} from './watched-cell.ts'

/** More curves or points in one figure cannot be told apart, and placing more labels takes too long for a refresh. */
const MOST = 16

/**
 * Opens live figures: the losses of running and finished runs, and the Pareto figures of the finished ones. A figure
 * remains the same object until it changes.
 */
export function openLiveFigures() {
  const running = openLogs()
  const finished = openFinished()
  const unchanged = openUnchanged()
  return {
    async of(cells: readonly WatchedCell[]): Promise<readonly Figure[]> {
      const {ended, pareto, folders} = await finished.of(cells)
      const numbered = openIds()
      const figures: Figure[] = []
      for (const [suite, own] of groupBy(cells, ({recipe}) => suiteNamed(recipe))) {
        const atWork = own.filter(({state}) => state === 'running')
        const live = await Promise.all(uniquelyNamed(atWork.slice(0, MOST)).map(cell => liveCurve(cell, running)))
        const shown = live.flatMap(curve => curve ?? [])
        const entries = ended.get(suite) ?? []
        for (const entry of entries.slice(0, MOST - shown.length)) {
          const curve = await finished.curve(entry, folders)
          if (curve) shown.push(curve)
        }
        const left = atWork.length + entries.length - MOST
        const ones = left > 0 ? 'the last finished ones' : 'finished ones'
        if (shown.length > 0)
          figures.push(unchanged(numbered(lossFigure(suite, shown, `running runs, and means over seeds of ${ones}`))))
      }
      running.keepOnly(cells.flatMap(({state, folder = ''}) => (state === 'running' ? [folder] : [])))
      for (const figure of pareto) {
        const own = numbered(figure)
        figures.push(own === figure ? figure : unchanged(own)) // numbering makes a new object each time
      }
      return figures
    },
  }
}

const suiteNamed = (recipe: string): string => folderOf(recipe) || OWN_RECIPES

/** Opens a cache of figures by id: a figure that equals the previous one of its id is replaced by it. */
function openUnchanged() {
  const known = new Map<string, {readonly text: string; readonly figure: Figure}>()
  return (figure: Figure): Figure => {
    const text = JSON.stringify(figure)
    const before = known.get(figure.id)
    if (before?.text === text) return before.figure
    known.set(figure.id, {text, figure})
    return figure
  }
}

/** Names runs that share a name by their labels, since curves with equal names would be joined. */
const uniquelyNamed = (cells: readonly WatchedCell[]): readonly WatchedCell[] =>
  [...groupBy(cells, ({name}) => name).values()].flatMap(alike =>
    alike.length === 1 ? alike : alike.map(cell => ({...cell, name: cell.label})),
  )

async function liveCurve(
  {name, method, folder, reports: read}: WatchedCell,
  logs: ReturnType<typeof openLogs>,
): Promise<MethodLine | undefined> {
  if (folder === undefined) return undefined
  const reports = read ?? (await logs.of(folder))
  const first = reports[0]?.step ?? 1
  const points = smoothed([reports.map(({loss}) => loss)]).map(({step, loss}) => ({step: step + first - 1, loss}))
  return lossLine({label: name, method}, points)
}

const lastFinished = ({rows}: ReportEntry): number => Math.max(...rows.map(({finished}) => Date.parse(finished)))

/** Opens the entries, figures and curves of finished runs, which are recomputed only when a run is added or removed. */
function openFinished() {
  const entriesOf = openEntries()
  const paretoOf = cacheByGroup(paretoFigures)
  const build = (entries: readonly ReportEntry[]) => {
    const ended = groupBy(sortedBy(entries, lastFinished), ({recipe}) => suiteNamed(recipe))
    const pareto = paretoOf(groupBy(entries, ({suite}) => suite)).flat()
    return {ended, pareto, labels: labelsOf(ended.values())}
  }
  let rows: readonly Row[] = []
  let current = build([])
  const read = new WeakMap<Row, Promise<readonly number[]>>()

  const lossesOf = (row: Row, folder: string | undefined): Promise<readonly number[]> => {
    const begun = read.get(row)
    if (begun || folder === undefined) return begun ?? Promise.resolve([])
    const losses = readLosses(folder, row).then(
      ([found]) => found?.losses ?? [],
      () => [],
    )
    read.set(row, losses)
    return losses
  }
  return {
    async of(cells: readonly WatchedCell[]) {
      const finished = cells.flatMap(({row, folder}) => (row ? [{row, folder}] : []))
      const done = finished.map(({row}) => row)
      if (!haveSameItems(done, rows)) {
        const entries = await entriesOf(finished)
        rows = done
        current = build(entries)
      }
      const folders = new Map(cells.flatMap(({row, folder}) => (row && folder !== undefined ? [[row, folder]] : [])))
      return {...current, folders}
    },
    /** Returns the mean curve of an entry's runs. */
    async curve(entry: ReportEntry, folders: ReadonlyMap<Row, string>): Promise<MethodLine | undefined> {
      const all = await Promise.all(entry.rows.map(row => lossesOf(row, folders.get(row))))
      const points = smoothed(all.filter(({length}) => length > 0))
      return lossLine({label: current.labels.get(entry.name) ?? entry.name, method: entry.method}, points)
    },
  }
}

/** The labels of the entries of each suite, by the entries' names. */
function labelsOf(suites: Iterable<readonly ReportEntry[]>): ReadonlyMap<string, string> {
  const labels = [...suites].flatMap(entries => {
    const label = entryLabels(entries)
    return entries.map(entry => [entry.name, label(entry)] as const)
  })
  return new Map(labels)
}

/** The Pareto figures of a suite, compared without the predictions of single items, which only a report reads. */
const paretoFigures = (entries: readonly ReportEntry[]): Figure[] =>
  columnNames(entries).flatMap(column => {
    const {compared: scored} = findComparable(entries, column)
    const best = sortedBy(scored, entry => meanScore(entry, column)).slice(0, MOST)
    const figure = suiteFigure(best, compareColumn(best, {column}))
    const left = scored.length - best.length
    const subtitle = left > 0 ? `the best ${best.length} of ${scored.length}; ${figure.subtitle}` : figure.subtitle
    return isDrawable(figure) ? [{...figure, subtitle}] : []
  })

const meanScore = ({columns}: ReportEntry, column: string): number => mean([...columns[column].bySeed.values()])

/** Sorts values by a number that is computed once for each, the greatest first. */
const sortedBy = <T>(values: readonly T[], rank: (value: T) => number): readonly T[] =>
  values
    .map(value => ({value, rank: rank(value)}))
    .sort((a, b) => b.rank - a.rank)
    .map(({value}) => value)
