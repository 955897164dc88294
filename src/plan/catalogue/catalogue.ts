import {PAPER_POINTS, type PaperPoint} from '../../paper/points.ts'
import {PAPER_ROWS, type PaperRow} from '../../paper/rows.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {readRecipes} from '../../recipes/file/read.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {placeholders} from '../../recipes/memory/step-needs.ts'
import {type DownloadPart, partsOf} from '../download.ts'

/** A recipe file, and what it reads that is here or is to be fetched. */
export interface Listed {
  readonly file: string
  readonly recipe: Recipe
  readonly parts: readonly DownloadPart[]
}

/** The paper's rows and points, each with the recipes that repeat it, and the recipes of neither. */
export interface Catalogue {
  readonly rows: readonly (PaperRow & {readonly recipes: readonly Listed[]})[]
  readonly points: readonly (PaperPoint & {readonly recipes: readonly Listed[]})[]
  readonly others: readonly Listed[]
}

/**
 * Reads recipes and puts them to the rows of the paper that they name as `paper.cell`, or `paper.also` where a second
 * table prints the same run. The paper's tables have 114 rows. A row of scores on several data sets, each of which is
 * trained on by itself, has a recipe for each; a point of a figure has one of its own where no table prints it.
 */
export async function readCatalogue(files: readonly string[]): Promise<Catalogue> {
  const listed: Listed[] = []
  const known = new Map<string, Promise<DownloadPart[]>>() // the rows of a table mostly read the same
  for (const [i, {recipe}] of (await readRecipes(files)).entries()) {
    const key = JSON.stringify([recipe.task, recipe.model, recipe.data])
    const parts = known.get(key) ?? reads(recipe)
    known.set(key, parts)
    listed.push({file: files[i], recipe, parts: await parts})
  }
  const byCell = new Map<string, Listed[]>()
  for (const one of listed) {
    const {cell, also = []} = one.recipe.paper ?? {}
    for (const name of cell === undefined ? [] : [cell, ...also]) byCell.set(name, [...(byCell.get(name) ?? []), one])
  }
  const of = <T extends {readonly cell: string}>(one: T) => ({...one, recipes: byCell.get(one.cell) ?? []})
  return {
    rows: PAPER_ROWS.map(row => {
      const {recipes, ...rest} = of(row)
      const names = Object.keys(row.scores)
      return {...rest, recipes: recipes.toSorted((a, b) => place(a, names) - place(b, names))}
    }),
    points: PAPER_POINTS.map(of),
    others: listed.filter(({recipe}) => recipe.paper === undefined),
  }
}

/** In the order of the row's columns. */
const place = ({recipe}: Listed, names: readonly string[]) => names.indexOf(recipe.task)

/** A model whose config is neither here nor ships has no size. */
async function reads(recipe: Recipe): Promise<DownloadPart[]> {
  const blueprint = await openBlueprint(recipe).catch(() => undefined)
  return partsOf(recipe, blueprint ? placeholders(blueprint.model.shapes, blueprint.config) : {})
}
