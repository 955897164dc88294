import {join} from 'node:path'
import {compareText, groupBy} from '../base/collections.ts'
import {resultsFolder, runsFolder} from '../base/folders.ts'
import {isMissing} from '../base/read-file.ts'
import {seedRanges} from '../base/seeds.ts'
import type {SearchEffort} from '../recipes/file/search/recorded-search.ts'
import {parseSearchText, searchText} from '../recipes/file/search/search-text.ts'
import {suiteOf, tunedName} from '../recipes/file/suite.ts'
import {runFolder} from '../recipes/run-folder.ts'
import {firstMessages, scanResults} from '../results/read-results.ts'
import {readRuns} from '../results/results-file.ts'
import type {Row} from '../results/row.ts'
import type {CellRun} from '../sweep/cell-report.ts'
import type {TunedSubject, Tuning} from './read-tuning.ts'
import {recordRanges} from './search-space.ts'

/**
 * Warns of recipes whose values another search has chosen and scored on the test data: what this search finds is then not
 * the first to be scored. Rows of this same search, as when it is repeated, do not count.
 */
export async function earlierSearchWarnings(tuning: Tuning): Promise<string[]> {
  const {subjects} = tuning
  const {rows, defects} = await finalRows(subjects)
  const found = subjects.flatMap(subject => {
    const name = tunedName(subject.recipe.name)
    const searches = rows.flatMap(row => (row.recipe === name && row.search !== undefined ? [row.search] : []))
    const others = [...new Set(searches)].filter(
      search => search !== searchText(effortOf(tuning, subject, parseSearchText(search)?.metric)),
    )
    if (others.length === 0) return []
    const count = others.length === 1 ? 'another search' : `${others.length} other searches`
    return [{name, searches: `${count}: ${others.join('; ')}`}]
  })
  const scored = [...groupBy(found, ({searches}) => searches)].map(
    ([searches, own]) =>
      `${own.map(({name}) => name).join(', ')}: already scored on the test data, after ${searches}; if this search finds other values, they are scored as well, and reports mention both searches`,
  )
  return [...defects, ...scored]
}

/** Warns of runs that are to score tuned recipes with seeds of which there are rows with other values or settings. */
export async function rescoringWarnings(
  runs: readonly CellRun[],
  subjects: readonly TunedSubject[],
): Promise<string[]> {
  const {rows} = await finalRows(subjects)
  const again = runs.filter(({cell: {recipe}, folder, status}) => {
    const isOther = ({hash}: Row) => folder?.name !== runFolder(recipe, hash).name
    return (
      status.state !== 'done' &&
      rows.some(row => row.recipe === recipe.name && row.seed === recipe.seed && isOther(row))
    )
  })
  return [...groupBy(again, ({cell}) => cell.recipe.name)].map(([name, own]) => {
    const seeds = seedRanges(own.map(({cell}) => cell.recipe.seed))
    return `${name}: scored on the test data once more, since its values or settings differ from those of earlier rows with seed ${seeds}`
  })
}

/** The search of a recipe by a metric, as recipes and rows record it. */
export const effortOf = ({strategy, ranges, points}: Tuning, {seeds}: TunedSubject, metric = ''): SearchEffort => ({
  strategy,
  over: recordRanges(ranges),
  trials: points.length,
  seeds: [...seeds],
  split: 'validation',
  metric,
})

/** The rows of tuned recipes, oldest first, from runs here and from results files, with the defects of these files. */
async function finalRows(subjects: readonly TunedSubject[]) {
  const {runs} = await readRuns(runsFolder())
  const rows = runs.map(({row}) => row)
  const defects: string[] = []
  for (const suite of new Set(subjects.map(({recipe}) => suiteOf(tunedName(recipe.name))))) {
    const file = join(resultsFolder(), `${suite}.csv`)
    const found = await scanResults(file).catch(error => {
      if (!isMissing(error)) throw error
    })
    rows.push(...(found?.rows ?? []).map(({row}) => row))
    defects.push(...firstMessages(found?.defects ?? [], file))
  }
  return {rows: rows.toSorted((a, b) => compareText(a.finished, b.finished)), defects}
}
