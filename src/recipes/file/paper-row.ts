import {type OtherPrint, otherPrints} from '../../paper/other-prints.ts'
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
 * Lists the rows that print other values for a recipe than `row` does. A recipe that trains on one of a row's data sets
 * prints its score alone, so only that one counts.
 */
export function otherPrintsOf(recipe: WithPaper, row = rowOf(recipe)): OtherPrint[] {
  if (!row) return []
  const {cell: _, params, also, ...own} = recipe.paper ?? {}
  const isOwn = (column: string) => Object.keys(own).length === 0 || column in own
  return otherPrints(row, cellsOf(recipe)).flatMap(print => {
    const scores = Object.entries(print.scores).filter(([column]) => isOwn(column))
    const isOther = scores.length > 0 || print.params !== undefined || print.modules !== undefined
    return isOther ? [{...print, scores: Object.fromEntries(scores)}] : []
  })
}
