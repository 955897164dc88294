import {compareText, groupBy} from '../../base/group-by.ts'
import {pluralize} from '../../base/pluralize.ts'
import type {RunFacts} from './facts.ts'
import {type Gate, judgeRun, type RunVerdict} from './gates.ts'
import type {CheckReference, ReferenceCell} from './reference.ts'
import {judgeScores, type ScoreComparison, type ScoreVerdict} from './scores.ts'

/** What becomes of a recipe: `changed`: its runs are of another recipe, model or data; `unknown`: no reference has it. */
export type CellState = 'passed' | 'failed' | 'changed' | 'unknown' | 'unfinished' | 'absent'

export interface CellVerdict {
  readonly recipe: string
  readonly state: CellState
  /** The gates that were applied, the strongest first. */
  readonly gates: readonly Gate[]
  readonly runs: readonly RunVerdict[]
  readonly scores: readonly ScoreVerdict[]
  /** What is wrong with the cell as a whole. */
  readonly says?: string
  readonly warnings: readonly string[]
}

/** What was asked for and has no finished run. */
export interface Unfinished {
  readonly recipe: string
  readonly says: string
}

export interface Checked {
  readonly cells: readonly CellVerdict[]
  readonly passed: boolean
}

export interface CompareRunsOptions {
  readonly unfinished?: readonly Unfinished[]
  /** The recipes that were asked for by name; else all that there are, and all of the reference. */
  readonly asked?: readonly string[]
}

/** Holds runs to a reference: each alone to the exact or the numeric gate where it can be, the scores of the rest together. */
export function check(runs: readonly RunFacts[], reference: CheckReference, options: CompareRunsOptions = {}): Checked {
  const {unfinished = [], asked} = options
  const byRecipe = groupBy(runs, ({row}) => row.recipe)
  const known = new Map(reference.cells.map(cell => [cell.recipe, cell]))
  const names = new Set([...byRecipe.keys(), ...unfinished.map(({recipe}) => recipe), ...(asked ?? known.keys())])
  const drafts = [...names].sort(compareText).map(recipe => {
    const missing = unfinished.filter(one => one.recipe === recipe).map(({says}) => says)
    return draft(recipe, {
      runs: byRecipe.get(recipe) ?? [],
      cell: known.get(recipe),
      missing,
      isAsked: asked !== undefined,
    })
  })
  const compared = drafts.flatMap(({compared}) => compared)
  const scores = judgeScores(compared)
  const cells = drafts.map(one =>
    finish(
      one,
      scores.filter(({recipe}) => recipe === one.recipe),
    ),
  )
  const compares = cells.some(({gates}) => gates.length > 0)
  const isRight = ({state}: CellVerdict) => state === 'passed' || (state === 'unknown' && asked === undefined)
  return {cells, passed: compares && cells.every(isRight)}
}

interface Draft extends Omit<CellVerdict, 'state' | 'gates' | 'scores'> {
  readonly state?: CellState
  readonly compared: readonly ScoreComparison[]
}

interface Found {
  readonly runs: readonly RunFacts[]
  readonly cell: ReferenceCell | undefined
  readonly missing: readonly string[]
  readonly isAsked: boolean
}

function draft(recipe: string, {runs, cell, missing, isAsked}: Found): Draft {
  const nothing = {recipe, runs: [], compared: [], warnings: []}
  if (!cell) return {...nothing, state: 'unknown', says: 'not in the reference; svft bless writes one'}
  const same = runs.filter(run => changes(run, cell) === undefined)
  const others = runs.filter(run => !same.includes(run))
  const says = others.map(run => `${run.folder}: ${changes(run, cell)}`).join('; ')
  if (missing.length > 0) return {...nothing, state: 'unfinished', says: missing.join('; ')}
  if (same.length === 0 && others.length === 0)
    return {...nothing, state: 'absent', says: 'the reference has it, and no run here'}
  if (same.length === 0 || (isAsked && others.length > 0)) return {...nothing, state: 'changed', says}
  const judged = same.map(run => judgeRun(run, cell))
  const left = same.filter((_, i) => judged[i].gate !== 'exact')
  const bySeed = [...new Map(left.map(run => [run.row.seed, run])).values()] // a seed counts once
  return {
    recipe,
    runs: judged,
    compared: left.length === 0 ? [] : Object.keys(cell.columns).map(column => comparedOf(cell, column, bySeed)),
    warnings: [
      ...(others.length > 0 ? [`left out, of another recipe, model or data: ${says}`] : []),
      ...judged.flatMap(({seed, warning}) => (warning === undefined ? [] : [`seed ${seed}: ${warning}`])),
    ],
  }
}

function comparedOf({recipe, seeds}: ReferenceCell, column: string, runs: readonly RunFacts[]): ScoreComparison {
  return {
    recipe,
    column,
    reference: seeds.map(({scores}) => scores[column]),
    scores: runs.map(({row}) => row.scores[column]?.score ?? Number.NaN),
  }
}

/** What of a run is not the reference's, in words. */
function changes({row, recipeHash}: RunFacts, cell: ReferenceCell): string | undefined {
  const {modelRevision = '', dataRevision = ''} = row
  const twin = cell.seeds.find(({seed}) => seed === row.seed) ?? (cell.drawsData ? undefined : cell.seeds[0])
  const words = [
    ...(recipeHash === cell.recipeHash
      ? []
      : [`another recipe: ${recipeHash.slice(0, 12)}, not ${cell.recipeHash.slice(0, 12)}`]),
    ...(modelRevision === cell.model ? [] : [`another model: ${modelRevision}, not ${cell.model}`]),
    ...(twin === undefined || dataRevision === twin.data ? [] : [`other data: ${dataRevision}, not ${twin.data}`]),
  ]
  return words.length === 0 ? undefined : words.join(', ')
}

const STRENGTH: readonly Gate[] = ['exact', 'numeric', 'statistical']
/** Where a test finds a fall by 3 standard deviations less often, it is reported as weak. */
const ENOUGH = 0.9

function finish({compared: _, state, warnings, ...draft}: Draft, scores: readonly ScoreVerdict[]): CellVerdict {
  const applied = [...draft.runs.map(({gate}) => gate), ...(scores.length > 0 ? ['statistical'] : [])]
  const gates = STRENGTH.filter(gate => applied.includes(gate))
  const isRight = draft.runs.every(({passed}) => passed) && scores.every(({verdict}) => verdict !== 'fallen')
  return {
    ...draft,
    state: state ?? (isRight ? 'passed' : 'failed'),
    gates,
    scores,
    warnings: [...warnings, ...scores.flatMap(warningsOf)],
  }
}

function warningsOf({column, verdict, mean, seeds, reference, power}: ScoreVerdict): string[] {
  const better = `${column} ${mean} is significantly higher than the reference’s ${reference.mean}: something has changed; is there a leak?`
  const weak = (three: number) =>
    `${pluralize(seeds, 'new seed')} beside ${reference.seeds} of the reference ${seeds === 1 ? 'finds' : 'find'} a fall by 3 sd of ${column} with probability ${three.toFixed(2)}`
  return [
    ...(verdict === 'risen' ? [better] : []),
    ...(power && power.three < ENOUGH ? [weak(power.three)] : []),
    ...(reference.sd === 0 ? [`${column}: all seeds of the reference score the same, so any fall counts`] : []),
  ]
}
