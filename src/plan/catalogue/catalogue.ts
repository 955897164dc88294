import {displayPath} from '../../base/paths.ts'
import {PAPER_POINTS, type PaperPoint} from '../../paper/points.ts'
import {PAPER_ROWS, type PaperRow} from '../../paper/rows.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {placeholders} from '../../recipes/data/placeholder-weights.ts'
import {readRecipes} from '../../recipes/file/read.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {listInputs, type RecipeInput} from '../inputs.ts'

/** A recipe file, with the models and data that it reads. */
export interface ListedRecipe {
  readonly file: string
  readonly recipe: Recipe
  readonly parts: readonly RecipeInput[]
}

/** The paper's rows and points, each with the recipes that reproduce it, and all other recipes. */
export interface Catalogue {
  readonly rows: readonly (PaperRow & {readonly recipes: readonly ListedRecipe[]})[]
  readonly points: readonly (PaperPoint & {readonly recipes: readonly ListedRecipe[]})[]
  readonly others: readonly ListedRecipe[]
}

/**
 * Reads recipes and assigns them to the paper's rows and points that they name as `paper.cell`, or as `paper.also` where
 * a second table prints the same run. A row with scores on several data sets, each of them a training of its own, has a
 * recipe for each; a point of a figure has a recipe of its own where no table prints it.
 */
export async function readCatalogue(files: readonly string[]): Promise<Catalogue> {
  const listed: ListedRecipe[] = []
  const known = new Map<string, Promise<RecipeInput[]>>() // recipes of one table mostly read the same
  for (const [i, {recipe}] of (await readRecipes(files)).entries()) {
    const key = JSON.stringify([recipe.task, recipe.model, recipe.data])
    const parts = known.get(key) ?? inputsOf(recipe)
    known.set(key, parts)
    listed.push({file: files[i], recipe, parts: await parts})
  }
  const byCell = new Map<string, ListedRecipe[]>()
  for (const one of listed) {
    const {cell, also = []} = one.recipe.paper ?? {}
    for (const name of cell === undefined ? [] : [cell, ...also]) byCell.set(name, [...(byCell.get(name) ?? []), one])
  }
  const of = <T extends {readonly cell: string}>(one: T) => ({...one, recipes: byCell.get(one.cell) ?? []})
  return {
    rows: PAPER_ROWS.map(row => {
      const {recipes, ...rest} = of(row)
      const names = Object.keys(row.scores)
      return {...rest, recipes: recipes.toSorted((a, b) => taskIndex(a, names) - taskIndex(b, names))}
    }),
    points: PAPER_POINTS.map(of),
    others: listed.filter(({recipe}) => recipe.paper === undefined),
  }
}

/** Sorts the recipes of a row by its columns. */
const taskIndex = ({recipe}: ListedRecipe, names: readonly string[]) => names.indexOf(recipe.task)

/** The inputs of a recipe; a model whose config is neither here nor ships with svft has no size. */
async function inputsOf(recipe: Recipe): Promise<RecipeInput[]> {
  const blueprint = await openBlueprint(recipe).catch(() => undefined)
  return listInputs(recipe, blueprint ? placeholders(blueprint.model.shapes, blueprint.config) : {})
}

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
