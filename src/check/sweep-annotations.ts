import type {CellRun} from '../sweep/cell-report.ts'
import type {SweepResult} from '../sweep/sweep.ts'
import type {Annotation} from './ci/github.ts'
import {findRecipePositions} from './recipe-position.ts'

/** The annotations of a sweep: an error at the recipe of every cell that failed or was lost. */
export async function sweepAnnotations(runs: readonly CellRun[], {cells}: SweepResult): Promise<Annotation[]> {
  const positions = await findRecipePositions(
    runs.map(({cell}) => cell.recipe.name),
    new Map(runs.map(({cell}) => [cell.recipe.name, cell.file])),
  )
  return runs.flatMap(({cell}): Annotation[] => {
    const {state, failure} = cells.get(cell.label) ?? {}
    if (state !== 'failed' && state !== 'lost') return []
    const message = failure?.message ?? state
    return [{level: 'error', title: `${cell.label}: ${state}`, message, ...positions.get(cell.recipe.name)}]
  })
}
