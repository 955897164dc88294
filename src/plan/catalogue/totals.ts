import {compact} from '../../base/collections.ts'
import {pluralize} from '../../base/pluralize.ts'
import type {PaperVersion} from '../../paper/rows.ts'
import {byVersion, PAPER_VERSIONS, paperRows, runOf, VERSION_NAMES} from '../../paper/versions.ts'
import {cellsOf} from '../../recipes/file/paper-row.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {isLocal, type RecipeInput, shortName} from '../inputs.ts'

/** How many recipes reproduce how many rows of each version of the paper, and what the other recipes are. */
export interface CatalogueTotals {
  readonly versions: Readonly<Record<PaperVersion, RowCount>>
  /** The recipes of rows of both versions. */
  readonly both: number
  /** The recipes of points of figures that no table prints. */
  readonly points: number
  /** The recipes of nothing in the paper, and the models that they train. */
  readonly others: {readonly recipes: number; readonly models: readonly string[]}
}

/** Rows of a version, and the recipes that reproduce them. */
export interface RowCount {
  readonly rows: number
  readonly recipes: number
}

/** A recipe, with the models and data that it reads. */
export interface CountedRecipe {
  readonly recipe: Recipe
  readonly parts: readonly RecipeInput[]
}

export function countCatalogue(listed: readonly CountedRecipe[]): CatalogueTotals {
  const ofPaper = listed.filter(({recipe}) => recipe.paper !== undefined)
  const others = listed.filter(({recipe}) => recipe.paper === undefined)
  const own = byVersion(version => ofPaper.filter(({recipe}) => isOfRow(recipe, version)))
  const {'arxiv-v1': preprint, neurips2024: published} = own
  const recipes = ofPaper.map(({recipe}) => recipe)
  return {
    versions: byVersion(version => countRows(recipes, version)),
    both: preprint.filter(one => published.includes(one)).length,
    points: ofPaper.filter(one => !preprint.includes(one) && !published.includes(one)).length,
    others: {recipes: others.length, models: [...new Set(others.map(modelOf))].sort()},
  }
}

/** Counts the rows of a version that recipes reproduce, and those of the recipes that reproduce one. */
export function countRows(recipes: readonly Recipe[], version: PaperVersion): RowCount {
  const own = recipes.filter(recipe => isOfRow(recipe, version))
  const runs = new Set(own.flatMap(cellsOf).map(runOf))
  return {rows: paperRows(version).filter(({cell}) => runs.has(runOf(cell))).length, recipes: own.length}
}

function isOfRow(recipe: Recipe, version: PaperVersion): boolean {
  const runs = new Set(cellsOf(recipe).map(runOf))
  return paperRows(version).some(({cell}) => runs.has(runOf(cell)))
}

/** The short name of the model of a recipe: `gemma-2b` for google/gemma-2b, the folder's name for a local path. */
export function modelOf({parts: [part]}: Pick<CountedRecipe, 'parts'>): string {
  return isLocal(part) ? shortName(part) : part.name.slice(part.name.indexOf('/') + 1)
}

/** A line for the rows of both versions, of which `version` is listed, and one for the recipes of no row. */
export function totalsText({versions, both, points, others}: CatalogueTotals, version: PaperVersion): string {
  const ofRows = VERSION_NAMES.filter(name => versions[name].rows > 0).map(name => {
    const {rows, recipes} = versions[name]
    const flag = name === version ? '' : ` (--version ${name})`
    return `${PAPER_VERSIONS[name].title}${flag}: ${pluralize(rows, 'row')}, ${pluralize(recipes, 'recipe')}`
  })
  const shared = both > 0 ? [`${pluralize(both, 'recipe')} in both`] : []
  const rest = compact([
    points > 0 && `${pluralize(points, 'recipe')} of points of figures (--figure)`,
    others.recipes > 0 && `${pluralize(others.recipes, 'recipe')} of other models: ${others.models.join(', ')}`,
  ])
  return compact([
    ofRows.length > 0 && [...ofRows, ...shared].join('; '),
    rest.length > 0 && `in no table: ${rest.join('; ')}`,
  ]).join('\n')
}
