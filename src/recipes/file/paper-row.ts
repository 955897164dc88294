import {type DifferingRow, findDifferingRows} from '../../paper/differing-rows.ts'
import type {PaperRow, PaperVersion} from '../../paper/rows.ts'
import {isSameRun, paperRow, paperRows} from '../../paper/versions.ts'
import type {Recipe} from './schema.ts'

type WithPaper = Pick<Recipe, 'paper'>

/** The cells of the paper that a recipe names: its own, then others of the same run. */
export const cellsOf = ({paper}: WithPaper): string[] => (paper ? [paper.cell, ...(paper.also ?? [])] : [])

/** The first row of a version, by default that of the recipe's own cell, that is the run of a recipe. */
export function rowOf(recipe: WithPaper, version?: PaperVersion): PaperRow | undefined {
  const own = recipe.paper && paperRow(recipe.paper.cell)
  if (version === undefined || own?.version === version) return own
  return paperRows(version).find(({cell}) => isSameRun(cellsOf(recipe), cell))
}

/**
 * Lists the rows that contradict `row`, that of a recipe. A recipe that trains on one of a row's data sets
 * prints its score alone, so only that one counts.
 */
export function differingRowsOf(recipe: WithPaper, row = rowOf(recipe)): DifferingRow[] {
  if (!row) return []
  const {cell: _, params, also, ...own} = recipe.paper ?? {}
  const isOwn = (column: string) => Object.keys(own).length === 0 || column in own
  return findDifferingRows(row, cellsOf(recipe)).flatMap(other => {
    const scores = Object.entries(other.scores).filter(([column]) => isOwn(column))
    const isOther = scores.length > 0 || other.params !== undefined || other.modules !== undefined
    return isOther ? [{...other, scores: Object.fromEntries(scores)}] : []
  })
}
