import type {Catalogue, Listed} from './catalogue.ts'
import {typed} from './files.ts'

/** A catalogue as data: recipes by their file, with what they read. */
export function catalogueRecords({rows, points, others}: Catalogue): object {
  const full = <T extends {readonly recipes: readonly Listed[]}>(one: T) => ({...one, recipes: one.recipes.map(record)})
  return {rows: rows.map(full), points: points.map(full), others: others.map(record)}
}

const record = ({file, recipe, parts}: Listed) => ({
  file: typed(file),
  name: recipe.name,
  task: recipe.task,
  method: recipe.adapter.method,
  parts,
})
