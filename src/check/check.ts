import {type CheckResult, compareRuns} from './compare-runs.ts'
import {findRecipePositions, type RecipePosition} from './recipe-position.ts'
import {readReference} from './reference-file.ts'
import {type SelectRunsOptions, selectRuns} from './select-runs.ts'

export interface CheckOptions extends SelectRunsOptions {
  /** The reference's file. */
  readonly against: string
}

/** Compares finished runs with a reference. @throws Fault 'recipe' if either cannot be read */
export async function check(
  paths: readonly string[],
  {against, ...options}: CheckOptions,
): Promise<{
  readonly result: CheckResult
  readonly warnings: readonly string[]
  readonly positions: ReadonlyMap<string, RecipePosition>
}> {
  const reference = await readReference(against)
  const {runs, files, warnings, unfinished, recipes} = await selectRuns(paths, options)
  const named = recipes && [...recipes.keys()]
  const result = compareRuns(runs, reference, {unfinished, named})
  const names = result.cells.map(({recipe}) => recipe)
  return {result, warnings, positions: await findRecipePositions(names, files)}
}
