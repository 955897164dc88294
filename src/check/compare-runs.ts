import {compact, compareText, groupBy} from '../base/collections.ts'
import {pluralize} from '../base/pluralize.ts'
import {folderSpelling} from '../recipes/run-folder.ts'
import {countedScore, lacksValue} from '../results/row.ts'
import {type Gate, judgeRun, type RunVerdict} from './judge-run.ts'
import {judgeScores, type ScoreComparison, type ScoreVerdict} from './judge-scores.ts'
import type {CheckReference, ReferenceCell} from './reference-file.ts'
import type {RunFacts} from './run-facts.ts'
import {columnText, points} from './score-units.ts'

/** `changed`: the runs used another recipe, model or data. `unknown`: the reference lacks the recipe. `absent`: it has no run here. */
export type CellState = 'passed' | 'failed' | 'changed' | 'unknown' | 'unfinished' | 'absent'

export interface CellVerdict {
  readonly recipe: string
  readonly state: CellState
  /** The gates that were applied, the strictest first. */
  readonly gates: readonly Gate[]
  readonly runs: readonly RunVerdict[]
  readonly scores: readonly ScoreVerdict[]
  /** Whether it fails the check; a recipe that the reference lacks does if it was selected by name. */
  readonly fails: boolean
  /** A defect of the recipe as a whole. */
  readonly message?: string
  readonly warnings: readonly string[]
}

/** A run that was selected and is not finished. */
export interface UnfinishedRun {
  /** The recipe's name, or that of its folder, in which `/` is `-`. */
  readonly recipe: string
  readonly message: string
}

export interface CheckResult {
  readonly cells: readonly CellVerdict[]
  readonly passed: boolean
}

export interface CompareRunsOptions {
  readonly unfinished?: readonly UnfinishedRun[]
  /** The recipes that were selected by name. By default all of the runs and of the reference. */
  readonly named?: readonly string[]
}

/** Compares runs with a reference: each by the exact or the numeric gate if it can be, and the scores of the others together. */
export function compareRuns(
  runs: readonly RunFacts[],
  reference: CheckReference,
  {unfinished = [], named}: CompareRunsOptions = {},
): CheckResult {
  const byRecipe = groupBy(runs, ({row}) => row.recipe)
  const known = new Map(reference.cells.map(cell => [cell.recipe, cell]))
  const byFolder = new Map(reference.cells.map(({recipe}) => [folderSpelling(recipe), recipe]))
  const missing = groupBy(unfinished, ({recipe}) => (known.has(recipe) ? recipe : (byFolder.get(recipe) ?? recipe)))
  const names = new Set([...byRecipe.keys(), ...missing.keys(), ...(named ?? known.keys())])
  const drafts = [...names].sort(compareText).map(recipe =>
    compareRecipe(recipe, {
      runs: byRecipe.get(recipe) ?? [],
      cell: known.get(recipe),
      missing: (missing.get(recipe) ?? []).map(({message}) => message),
      isNamed: named !== undefined,
    }),
  )
  const scores = judgeScores(drafts.flatMap(({comparisons}) => comparisons))
  const cells = drafts.map(draft => {
    const cell = withScores(draft, scores)
    return {...cell, fails: cell.state !== 'passed' && !(cell.state === 'unknown' && named === undefined)}
  })
  return {cells, passed: cells.some(({gates}) => gates.length > 0) && !cells.some(({fails}) => fails)}
}

/** A verdict on a recipe before its scores are judged. */
interface DraftVerdict extends Omit<CellVerdict, 'state' | 'gates' | 'scores' | 'fails'> {
  /** The state; undefined if the gates decide. */
  readonly state?: CellState
  readonly comparisons: readonly ScoreComparison[]
}

interface RecipeRuns {
  readonly runs: readonly RunFacts[]
  readonly cell: ReferenceCell | undefined
  readonly missing: readonly string[]
  readonly isNamed: boolean
}

function compareRecipe(recipe: string, {runs, cell, missing, isNamed}: RecipeRuns): DraftVerdict {
  const none = {recipe, runs: [], comparisons: [], warnings: []}
  if (!cell) return {...none, state: 'unknown', message: 'not in the reference; svft bless writes one'}
  if (missing.length > 0) return {...none, state: 'unfinished', message: missing.join('; ')}
  if (runs.length === 0) return {...none, state: 'absent', message: 'in the reference, but not run here'}
  const changes = runs.map(run => ({run, change: inputChange(run, cell)}))
  const same = changes.flatMap(({run, change}) => (change === undefined ? [run] : []))
  const changed = changes.flatMap(({run, change}) => (change === undefined ? [] : [`${run.folder}: ${change}`]))
  const message = changed.join('; ')
  if (same.length === 0 || (isNamed && changed.length > 0)) return {...none, state: 'changed', message}
  const verdicts = same.map(run => judgeRun(run, cell))
  const inexact = same.filter((_, i) => verdicts[i].gate !== 'exact')
  return {
    recipe,
    runs: verdicts,
    comparisons: compareScores(inexact, cell),
    warnings: compact([
      changed.length > 0 && `left out, of another recipe, model or data: ${message}`,
      ...same.flatMap(({row}) =>
        Object.keys(cell.columns)
          .filter(column => column in row.scores && lacksValue(row.scores[column]))
          .map(column => `seed ${row.seed}: ${column} has no value and counts as 0`),
      ),
      ...verdicts.map(({seed, warning}) => warning !== undefined && `seed ${seed}: ${warning}`),
    ]),
  }
}

/** A comparison for each score of the reference, in which a seed counts once. */
function compareScores(runs: readonly RunFacts[], {recipe, columns, seeds}: ReferenceCell): ScoreComparison[] {
  if (runs.length === 0) return []
  const bySeed = [...new Map(runs.map(run => [run.row.seed, run])).values()]
  return Object.keys(columns).map(column => ({
    recipe,
    column,
    metric: columns[column].metric,
    reference: seeds.map(({scores}) => scores[column]),
    scores: bySeed.map(({row}) => countedScore(row.scores[column])),
  }))
}

/** Describes how a run's recipe, model or data differ from the reference's. Returns undefined if they do not. */
function inputChange({row, recipeHash}: RunFacts, cell: ReferenceCell): string | undefined {
  const {modelRevision = '', dataRevision = ''} = row
  const twin = cell.seeds.find(({seed}) => seed === row.seed) ?? (cell.drawsData ? undefined : cell.seeds[0])
  const changes: string[] = []
  if (recipeHash !== cell.recipeHash)
    changes.push(`another recipe: ${recipeHash.slice(0, 12)}, not ${cell.recipeHash.slice(0, 12)}`)
  if (modelRevision !== cell.model) changes.push(`another model: ${modelRevision}, not ${cell.model}`)
  if (twin && dataRevision !== twin.data) changes.push(`other data: ${dataRevision}, not ${twin.data}`)
  return changes.length === 0 ? undefined : changes.join(', ')
}

const STRICTNESS: readonly Gate[] = ['exact', 'numeric', 'statistical']

function withScores(
  {comparisons: _, state, warnings, ...draft}: DraftVerdict,
  all: readonly ScoreVerdict[],
): Omit<CellVerdict, 'fails'> {
  const scores = all.filter(({recipe}) => recipe === draft.recipe)
  const applied = compact([...draft.runs.map(({gate}) => gate), scores.length > 0 && 'statistical'])
  const isPassed = draft.runs.every(({passed}) => passed) && scores.every(({verdict}) => verdict !== 'fallen')
  return {
    ...draft,
    state: state ?? (isPassed ? 'passed' : 'failed'),
    gates: STRICTNESS.filter(gate => applied.includes(gate)),
    scores,
    warnings: [...warnings, ...scores.flatMap(scoreWarnings)],
  }
}

/** A test that detects a drop of 3 standard deviations with less power is reported as weak. */
const ENOUGH_POWER = 0.9

function scoreWarnings(score: ScoreVerdict): string[] {
  const {column, verdict, mean, seeds, reference, power} = score
  const warnings: string[] = []
  if (verdict === 'risen')
    warnings.push(
      `${columnText(score)}: ${points(mean)} is significantly higher than the reference’s ${points(reference.mean)}: something has changed; is there a leak?`,
    )
  if (power && power.three < ENOUGH_POWER)
    warnings.push(
      `${pluralize(seeds, 'new seed')} against ${reference.seeds} of the reference ${seeds === 1 ? 'detects' : 'detect'} a drop of 3 sd in ${column} with power ${power.three.toFixed(2)}`,
    )
  if (reference.sd === 0)
    warnings.push(`${column}: all seeds of the reference score the same, so any fall is significant`)
  return warnings
}
