import type {CellRun} from '../sweep/cell-report.ts'
import type {SweepResult} from '../sweep/sweep.ts'
import type {Annotation} from './ci/github.ts'
import {placesOf} from './recipe-position.ts'

/** An error at the recipe of every cell that failed or was lost. */
export async function sweepAnnotations(jobs: readonly CellRun[], {cells}: SweepResult): Promise<Annotation[]> {
  const places = await placesOf(
    jobs.map(({cell}) => cell.recipe.name),
    new Map(jobs.map(({cell}) => [cell.recipe.name, cell.file])),
  )
  return jobs.flatMap(({cell}): Annotation[] => {
    const {state, failure} = cells.get(cell.label)!
    if (state !== 'failed' && state !== 'lost') return []
    const message = failure?.message ?? state
    return [{level: 'error', title: `${cell.label}: ${state}`, message, ...places.get(cell.recipe.name)}]
  })
}
