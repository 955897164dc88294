import {type Checked, check} from './gates/compare-runs.ts'
import type {RecipePosition} from './gates/reference-schema.ts'
import {readReference} from './read-reference.ts'
import {placesOf} from './recipe-position.ts'
import {askedRuns} from './select-runs.ts'

export interface CheckRunsOptions {
  /** The reference's file. */
  readonly against: string
  readonly seeds?: string | undefined
  readonly set?: readonly string[] | undefined
}

/** Holds finished runs to a reference. @throws Fault 'recipe' where either cannot be read */
export async function checkRuns(
  what: readonly string[],
  {against, ...options}: CheckRunsOptions,
): Promise<{
  readonly checked: Checked
  readonly warnings: readonly string[]
  readonly places: ReadonlyMap<string, RecipePosition>
}> {
  const reference = await readReference(against)
  const {runs, files, warnings, ...rest} = await askedRuns(what, options)
  const checked = check(runs, reference, rest)
  const names = checked.cells.map(({recipe}) => recipe)
  return {checked, warnings, places: await placesOf(names, files)}
}
