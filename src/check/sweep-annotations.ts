import type {CellRun} from '../sweep/cell-report.ts'
import type {SweepResult} from '../sweep/sweep.ts'
import type {Annotation} from './ci/github.ts'
import {findRecipePositions} from './recipe-position.ts'

/** The annotations of a sweep: an error at the recipe of every cell that failed or was lost. */
export async function sweepAnnotations(runs: readonly CellRun[], {cells}: SweepResult): Promise<Annotation[]> {
  const failed = runs.flatMap(({cell}) => {
    const {state, failure} = cells.get(cell.label) ?? {}
    return state === 'failed' || state === 'lost' ? [{...cell, state, message: failure?.message ?? state}] : []
  })
  const files = new Map(failed.map(({recipe, file}) => [recipe.name, file]))
  const positions = await findRecipePositions([...files.keys()], files)
  return failed.map(({label, recipe, state, message}) => ({
    level: 'error',
    title: `${label}: ${state}`,
    message,
    ...positions.get(recipe.name),
  }))
}
