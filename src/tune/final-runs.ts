import {type RecordedSearch, searchSchema} from '../recipes/file/search/recorded-search.ts'
import {recordSearch} from '../recipes/file/search/search-text.ts'
import {tunedName} from '../recipes/file/suite.ts'
import {writeRow} from '../results/results-file.ts'
import type {Cell} from '../sweep/cells.ts'
import {openCells, type SweepResult} from '../sweep/sweep.ts'
import {effortOf, rescoringWarnings} from './earlier-searches.ts'
import {isScored, rankTrials} from './rank.ts'
import {finalCells, type TunedSubject, type Tuning} from './read-tuning.ts'
import type {TrialPoint} from './search-space.ts'
import type {SubjectOutcome, WorkCells} from './trials.ts'
import {writeTunedRecipe} from './tuned-recipe.ts'

/** A tuned recipe as it was written. */
export interface TunedWinner {
  /** The name of the tuned recipe. */
  readonly name: string
  readonly subject: TunedSubject
  readonly file: string
  readonly point: TrialPoint
  readonly search: RecordedSearch
}

/** Writes the tuned recipe of each outcome. */
export async function writeWinners(
  outcomes: readonly SubjectOutcome[],
  tuning: Tuning,
): Promise<readonly TunedWinner[]> {
  const winners: TunedWinner[] = []
  for (const {subject, trials, best, edges} of outcomes) {
    if (!best) continue
    // parsed into the order of the schema, so that a repeated search writes the same file
    const search = searchSchema.parse({
      ...effortOf(tuning, subject, best.metric),
      failed: trials.filter(trial => !isScored(trial)).length,
      best: best.score,
      worst: rankTrials(trials, tuning.ranges).at(-1)?.score ?? best.score,
      edges: edges.length === 0 ? undefined : Object.fromEntries(edges.map(({key, side}) => [key, side])),
    })
    const file = await writeTunedRecipe(subject, {point: best.point, search})
    winners.push({name: tunedName(subject.recipe.name), subject, file, point: best.point, search})
  }
  return winners
}

/**
 * Trains the tuned recipes and scores them on their own splits. The row of a run that had already finished is
 * updated with what this search records, since an earlier search may have found the same values.
 */
export async function scoreWinners(
  winners: readonly TunedWinner[],
  {work, warn}: {readonly work: WorkCells; readonly warn: (text: string) => void},
): Promise<SweepResult> {
  const cells: Cell[] = []
  for (const {subject, file} of winners) cells.push(...(await finalCells(subject, {file})))
  const runs = await openCells(cells)
  const subjects = winners.map(({subject}) => subject)
  for (const text of await rescoringWarnings(runs, subjects)) warn(text)
  for (const {cell, folder, status} of runs) {
    const recorded = cell.recipe.search && recordSearch(cell.recipe.search)
    if (!folder || status.state !== 'done' || !recorded) continue
    const {search, searchEdges} = status.row
    if (search !== recorded.search || searchEdges !== recorded.searchEdges)
      await writeRow(folder.path, {...status.row, ...recorded})
  }
  return work(await openCells(cells))
}
