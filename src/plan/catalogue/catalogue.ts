import {getOrAdd} from '../../base/memoize.ts'
import {displayPath} from '../../base/paths.ts'
import {type DifferingRow, findDifferingRows} from '../../paper/differing-rows.ts'
import type {PaperPoint} from '../../paper/points.ts'
import type {PaperRow, PaperVersion} from '../../paper/rows.ts'
import {paperPoints, paperRows, runOf} from '../../paper/versions.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {placeholders} from '../../recipes/data/placeholder-weights.ts'
import {cellsOf} from '../../recipes/file/paper-row.ts'
import {readRecipes} from '../../recipes/file/read.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {listInputs, type RecipeInput} from '../inputs.ts'
import {type CountedRecipe, countCatalogue} from './totals.ts'

export interface ListedRecipe extends CountedRecipe {
  readonly file: string
}

/** A row with the recipes that reproduce it, and the rows of both versions that print other values for it. */
export interface ListedRow extends PaperRow {
  readonly recipes: readonly ListedRecipe[]
  readonly differingRows: readonly DifferingRow[]
}

/** The rows and points of a version of the paper, each with the recipes that reproduce it, and all other recipes. */
export interface Catalogue {
  readonly version: PaperVersion
  readonly rows: readonly ListedRow[]
  readonly points: readonly (PaperPoint & {readonly recipes: readonly ListedRecipe[]})[]
  /** Recipes that name no row of the paper. */
  readonly others: readonly ListedRecipe[]
  /** Recipes whose rows and points only the other version has. */
  readonly otherVersion: readonly ListedRecipe[]
  /** All recipes, each once; none if a single table or figure is listed. */
  readonly recipes: readonly ListedRecipe[]
}

/**
 * Reads recipes and assigns them to the rows and points that they name as `paper.cell`, or as `paper.also` where a second
 * table prints the same run, and to those of the other version that are the same run. A row with scores on several data
 * sets, each of them a training of its own, has a recipe for each; a point of a figure has a recipe of its own where no
 * table prints it.
 */
export async function readCatalogue(files: readonly string[], version: PaperVersion): Promise<Catalogue> {
  const listed: ListedRecipe[] = []
  const known = new Map<string, Promise<RecipeInput[]>>() // recipes of one table mostly read the same
  for (const [i, {recipe}] of (await readRecipes(files)).entries()) {
    const key = JSON.stringify([recipe.task, recipe.model, recipe.data])
    listed.push({file: files[i], recipe, parts: await getOrAdd(known, key, () => inputsOf(recipe))})
  }
  const byRun = new Map<string, ListedRecipe[]>()
  for (const one of listed) {
    for (const run of new Set(cellsOf(one.recipe).map(runOf))) getOrAdd(byRun, run, () => []).push(one)
  }
  const recipesOf = ({cell}: {readonly cell: string}) => byRun.get(runOf(cell)) ?? []
  const rows = paperRows(version).map((row): ListedRow => {
    const names = Object.keys(row.scores)
    const recipes = recipesOf(row).toSorted((a, b) => taskIndex(a, names) - taskIndex(b, names))
    return {
      ...row,
      recipes,
      differingRows: findDifferingRows(
        row,
        recipes.flatMap(({recipe}) => cellsOf(recipe)),
      ),
    }
  })
  const points = paperPoints(version).map(point => ({...point, recipes: recipesOf(point)}))
  const named = new Set([...rows, ...points].flatMap(({recipes}) => recipes))
  return {
    version,
    rows,
    points,
    others: listed.filter(({recipe}) => recipe.paper === undefined),
    otherVersion: listed.filter(one => one.recipe.paper !== undefined && !named.has(one)),
    recipes: listed,
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
export function catalogueJson({version, rows, points, others, otherVersion, recipes}: Catalogue): object {
  const full = <T extends {readonly recipes: readonly ListedRecipe[]}>(one: T) => ({
    ...one,
    recipes: one.recipes.map(record),
  })
  return {
    version,
    rows: rows.map(full),
    points: points.map(full),
    others: others.map(record),
    otherVersion: otherVersion.map(record),
    totals: recipes.length > 0 ? countCatalogue(recipes) : undefined,
  }
}

const record = ({file, recipe, parts}: ListedRecipe) => ({
  file: displayPath(file),
  name: recipe.name,
  task: recipe.task,
  method: recipe.adapter.method,
  parts,
})
