import {allOf, pluralize} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {meanText} from '../results/score-text.ts'
import {alignColumns} from '../terminal/align-columns.ts'
import {type Edge, isScored, type TrialResult, tieKeys} from './rank.ts'
import type {Tuning} from './read-tuning.ts'
import {pointText, type TunedRange} from './search-space.ts'
import type {SubjectOutcome} from './trials.ts'

/**
 * The trials of a recipe, one per line, with the best one marked: `* train.lr=0.001  71.5 ± 0.4  3`. If others score the same, a
 * line below says which one was taken.
 */
export function trialsText(
  {subject, trials, best, ties, isUndecided}: SubjectOutcome,
  ranges: readonly TunedRange[],
): string {
  const lines = trials.map(trial => [
    trial.point === best?.point ? '*' : '',
    pointText(trial.point),
    ...(trials.some(({steps}) => steps !== undefined)
      ? [trial.steps === undefined ? 'in full' : `${trial.steps} steps`]
      : []),
    scoreText(trial),
  ])
  const sides = lines[0].map((_, i) => (i === lines[0].length - 1 ? 'right' : 'left'))
  return [
    `${escapeLine(subject.recipe.name)}, validation:`,
    ...alignColumns(lines, sides).map(line => `  ${line}`),
    ...(ties.length === 0 || isUndecided
      ? []
      : [`  ${ties.length + 1} trials tie for the best; the one with ${smallestText(ranges)} is taken`]),
  ].join('\n')
}

function scoreText(trial: TrialResult): string {
  if (isScored(trial)) return meanText(trial.scores, trial.metric)
  return trial.failure.kind === 'no-value' ? 'no score' : 'diverged'
}

const smallestText = (ranges: readonly TunedRange[]): string =>
  tieKeys(ranges)
    .map(key => `the smallest ${key}`)
    .join(', then ')

/** A warning that all trials of a recipe score the same. */
export function undecidedText({subject, trials, best}: SubjectOutcome, ranges: readonly TunedRange[]): string {
  const scored = trials.filter(isScored).length
  const which = scored === trials.length ? '' : ' that did not fail'
  const taken = best ? `; the one with ${smallestText(ranges)} is taken: ${pointText(best.point)}` : ''
  return `${subject.recipe.name}: ${allOf(scored, 'trial')}${which} scored the same, so the search cannot tell them apart${taken}`
}

/** A warning that the best value is the lowest or the highest tried, with bounds that are wider on that side. */
export function edgeText({key, value, side, wider, trials}: Edge, name: string): string {
  const {from, to, spacing} = wider
  const range = `${key}=${from}..${to}${spacing === 'log' ? ':log' : ''}`
  const flags = `--over ${range}${trials === undefined ? '' : ` --trials ${trials}`}`
  return `${name}: the best ${key}, ${value}, is the ${side} tried, and a better one may lie beyond; widen the bounds for every recipe, as with ${flags}`
}

/** `a grid of 4 trials × 3 seeds for each of 2 recipes`, or the rungs of a halving. */
export function tuningText({strategy, rungs, subjects}: Tuning): string {
  const [{seeds}] = subjects
  const each = subjects.length === 1 ? '' : ` for each of ${subjects.length} recipes`
  const size = `${pluralize(rungs[0].trials, 'trial')} × ${pluralize(seeds.length, 'seed')}${each}, scored on validation`
  if (strategy === 'grid') return `a grid of ${size}`
  const shares = rungs.map(({trials, share}) => `${trials} with ${share === 1 ? 'all' : `1/${1 / share} of the`} steps`)
  return `successive halving of ${size}: ${shares.join(', ')}`
}
