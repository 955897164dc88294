import {Fault} from '../base/fault.ts'
import {allOf} from '../base/pluralize.ts'
import type {Row} from '../results/row.ts'
import {type CellRun, reportOf} from '../sweep/cell-report.ts'
import type {Cell} from '../sweep/cells.ts'
import {openCells, type SweepResult} from '../sweep/sweep.ts'
import {type Edge, edgesOf, type FailedTrial, type RankedTrial, rankTrials, type TrialResult, tiesOf} from './rank.ts'
import type {TunedSubject, Tuning} from './read-tuning.ts'
import type {TrialPoint} from './search-space.ts'

/** Runs the cells that are not done. */
export type WorkCells = (runs: readonly CellRun[]) => Promise<SweepResult>

/** The trials of one recipe, and the best of them. */
export interface SubjectOutcome {
  readonly subject: TunedSubject
  /** The trials in the order of the points; with halving, each in its last rung. */
  readonly trials: readonly TrialResult[]
  /** The best trial; undefined if all failed. */
  readonly best: RankedTrial | undefined
  /** The trials that score as the best one does. */
  readonly ties: readonly TrialPoint[]
  /** Whether all trials with scores tie, so that the search has not found a best one. */
  readonly isUndecided: boolean
  /** The best values that are the lowest or highest tried; none if the search is undecided. */
  readonly edges: readonly Edge[]
}

/** The result of the trials: the outcome of each recipe, or the state of the cells if some have not ended. */
export type TrialsOutcome =
  | {
      readonly outcomes: readonly SubjectOutcome[]
      /** The rows of all trials that ended with one. */
      readonly rows: readonly Row[]
      /** The results files that hold them. */
      readonly results: readonly string[]
    }
  | {readonly unfinished: SweepResult}

/** The cells of one point of one recipe in a rung. */
interface TrialCells {
  readonly point: TrialPoint
  readonly steps: number | undefined
  readonly cells: readonly Cell[]
}

/** The trials of one recipe so far. */
interface SubjectTrials {
  readonly subject: TunedSubject
  /** The results of each rung. */
  readonly ended: readonly (readonly TrialResult[])[]
  /** The points of the next rung, the best ones first; after the last rung they begin with the best of all. */
  readonly left: readonly TrialPoint[]
}

/**
 * Runs the trials of all recipes, rung by rung, each with all its seeds. A trial fails if one of its seeds diverges; any
 * other failure, or an interruption, leaves the search unfinished. As in a sweep, the runs' folders are the only record.
 */
export async function runTrials(tuning: Tuning, work: WorkCells): Promise<TrialsOutcome> {
  const {subjects, points, rungs, ranges} = tuning
  let all: readonly SubjectTrials[] = subjects.map(subject => ({subject, ended: [], left: points}))
  const results = new Set<string>()
  const rows: Row[] = []
  for (const [i, {trials}] of rungs.entries()) {
    const rung: (readonly TrialCells[])[] = []
    for (const own of all) rung.push(await trialCells(own, i))
    const result = await workTrials(
      rung.flat().flatMap(({cells}) => cells),
      work,
    )
    if (!rung.flat().every(trial => hasEnded(trial, result.cells))) return {unfinished: result}
    for (const file of result.results) results.add(file)
    rows.push(...[...result.cells.values()].flatMap(({row}) => row ?? []))
    all = all.map(({subject, ended}, k) => {
      const own = rung[k].map(trial => resultOf(trial, result.cells))
      const best = rankTrials(own, ranges).slice(0, rungs[i + 1]?.trials ?? trials)
      return {subject, ended: [...ended, own], left: best.map(({point}) => point)}
    })
  }
  return {outcomes: all.map(own => outcomeOf(own, tuning)), rows, results: [...results]}
}

/** The cells of a recipe's next rung. */
async function trialCells({subject, left}: SubjectTrials, rung: number): Promise<readonly TrialCells[]> {
  const steps = subject.steps[rung]
  const all: TrialCells[] = []
  for (const point of left) all.push({point, steps, cells: await subject.cellsOf(point, steps)})
  return all
}

function outcomeOf({subject, ended, left: [point]}: SubjectTrials, tuning: Tuning): SubjectOutcome {
  const {points, ranges} = tuning
  const results = ended.flat()
  const trials = points.flatMap(point => results.findLast(trial => trial.point === point) ?? [])
  const ranked = rankTrials(trials, ranges)
  const best = ranked.find(trial => trial.point === point)
  const ties = best ? tiesOf(best.point, ended) : []
  const isUndecided = ties.length > 0 && ties.length === ranked.length - 1
  const edges = best && !isUndecided ? edgesOf(best.point, tuning) : []
  return {subject, trials, best, ties, isUndecided, edges}
}

/** Whether an earlier attempt at a run diverged; another attempt would diverge too. */
export const hasDiverged = ({status}: CellRun): boolean =>
  status.state === 'failed' && status.failure.kind === 'diverged'

/** Runs cells, except those that have diverged before. */
async function workTrials(cells: readonly Cell[], work: WorkCells): Promise<SweepResult> {
  const runs = await openCells(cells)
  const result = await work(runs.filter(run => !hasDiverged(run)))
  const earlier = runs
    .filter(hasDiverged)
    .map(({cell, status, folder}) => [cell.label, reportOf(status, folder)] as const)
  return {...result, cells: new Map([...result.cells, ...earlier])}
}

/** Whether each cell of a trial has a row or has diverged. */
const hasEnded = ({cells}: TrialCells, reports: SweepResult['cells']): boolean =>
  cells.map(({label}) => reports.get(label)).every(report => report?.row ?? report?.failure?.kind === 'diverged')

function resultOf({point, steps, cells}: TrialCells, reports: SweepResult['cells']): TrialResult {
  const found = cells.map(({label}) => reports.get(label))
  const diverged = found.find(report => report?.failure?.kind === 'diverged')?.failure
  if (diverged) return {point, steps, failure: {kind: 'diverged', message: diverged.message}}
  const rows = found.flatMap(report => report?.row ?? [])
  const scores = rows.map(({scores}) => scores.validation.score)
  if (scores.some(Number.isNaN)) return {point, steps, failure: {kind: 'no-value', message: 'the metric has no value'}}
  return {point, steps, metric: rows[0].scores.validation.metric ?? 'accuracy', scores}
}

/** @throws Fault 'failed' if all trials of a recipe have failed */
export function checkOutcomes(outcomes: readonly SubjectOutcome[], {ranges, points, strategy}: Tuning): void {
  const lost = outcomes.filter(({best}) => best === undefined)
  if (lost.length === 0) return
  const tried = ranges.map(({key}) => {
    const values = points.map(point => point[key])
    return `${key} from ${Math.min(...values)} to ${Math.max(...values)}`
  })
  const names = lost.map(({subject}) => subject.recipe.name).join(', ')
  const which = strategy === 'grid' ? allOf(points.length, 'trial') : 'all trials that halving kept'
  const kinds = new Set(lost.flatMap(({trials}) => trials.flatMap(({failure}) => failure?.kind ?? [])))
  const how = (['diverged', 'no-value'] as const).filter(kind => kinds.has(kind)).map(kind => HOW_FAILED[kind])
  const advice = kinds.has('no-value') ? 'change' : 'lower'
  throw new Fault(
    'failed',
    `${names}: ${which} of ${tried.join(' and ')} ${how.join(' or ')}; ${advice} the bounds of --over`,
  )
}

const HOW_FAILED: Readonly<Record<FailedTrial['failure']['kind'], string>> = {
  diverged: 'diverged',
  'no-value': 'made predictions for which the metric has no value, for example because all are equal',
}
