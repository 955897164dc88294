import {displayPath} from '../../base/paths.ts'
import type {Catalogue, ListedRecipe} from './catalogue.ts'

/** A catalogue as data, for --json. */
export function catalogueJson({rows, points, others}: Catalogue): object {
  const full = <T extends {readonly recipes: readonly ListedRecipe[]}>(one: T) => ({
    ...one,
    recipes: one.recipes.map(record),
  })
  return {rows: rows.map(full), points: points.map(full), others: others.map(record)}
}

const record = ({file, recipe, parts}: ListedRecipe) => ({
  file: displayPath(file),
  name: recipe.name,
  task: recipe.task,
  method: recipe.adapter.method,
  parts,
})
