import {Fault} from '../../base/fault.ts'
import {nearest, suggestion} from '../../base/text/nearest.ts'
import type {Catalogue, ListedRecipe} from './catalogue.ts'
import {modelOf} from './totals.ts'

/** The part of a catalogue to list; undefined fields do not restrict it. */
export interface CatalogueFilter {
  readonly table?: number | undefined
  readonly figure?: number | undefined
  /** A part of the model's name. */
  readonly model?: string | undefined
  readonly method?: string | undefined
  /** A folder in a recipe's name: gsm8k, gsm8k/mini. */
  readonly suite?: string | undefined
  /** Only recipes that run without a download. */
  readonly here?: boolean | undefined
}

/**
 * Filters the rows, points and other recipes; with a table there are no points, and with a figure no rows.
 *
 * @throws Fault 'usage' for a value that nothing of the catalogue has
 */
export function filterCatalogue(catalogue: Catalogue, filter: CatalogueFilter): Catalogue {
  checkKnown(catalogue, filter)
  const {rows, points, others, otherVersion, recipes} = catalogue
  const {table, figure} = filter
  const fits = (listed: ListedRecipe) => fitting(listed, filter)
  const some = <T extends {readonly recipes: readonly ListedRecipe[]}>(all: readonly T[]) =>
    all.map(one => ({...one, recipes: one.recipes.filter(fits)})).filter(({recipes}) => recipes.length > 0)
  const isOfPaper = table !== undefined || figure !== undefined
  return {
    ...catalogue,
    rows: figure !== undefined ? [] : some(rows.filter(row => table === undefined || row.table === table)),
    points: figure === undefined ? [] : some(points.filter(point => point.figure === figure)),
    others: isOfPaper ? [] : others.filter(fits),
    otherVersion: isOfPaper ? [] : otherVersion.filter(fits),
    recipes: isOfPaper ? [] : recipes.filter(fits),
  }
}

/** Checks each value by itself: the catalogue may still have nothing that fits them all. */
function checkKnown(catalogue: Catalogue, filter: CatalogueFilter): void {
  for (const [name, known] of Object.entries(FILTERS)) {
    const value = filter[name as keyof typeof FILTERS]
    if (value === undefined) continue
    const values = [...new Set(known(catalogue))]
    const isOfPaper = name === 'table' || name === 'figure'
    if (isOfPaper ? values.includes(String(value)) : catalogue.recipes.some(one => fitting(one, {[name]: value})))
      continue
    const near = typeof value === 'string' ? nearest(value, values) : undefined
    throw new Fault('usage', `nothing is listed for --${name} ${value}; ${suggestion(near, values)}`)
  }
}

type ValuesOf = (catalogue: Catalogue) => readonly string[]

/** The values of each flag in a catalogue; of suites, the outermost folders. */
const FILTERS: Readonly<Record<'table' | 'figure' | 'model' | 'method' | 'suite', ValuesOf>> = {
  table: ({rows}) => rows.map(({table}) => String(table)),
  figure: ({points}) => points.map(({figure}) => String(figure)),
  model: ({recipes}) => recipes.map(modelOf).sort(),
  method: ({recipes}) => recipes.map(({recipe}) => recipe.adapter.method).sort(),
  suite: ({recipes}) => recipes.map(({recipe}) => recipe.name.split('/')[0]).sort(),
}

function fitting(listed: ListedRecipe, {model = '', method, suite, here}: CatalogueFilter): boolean {
  return (
    hasModel(listed, model) &&
    (method === undefined || listed.recipe.adapter.method === method) &&
    (suite === undefined || `${listed.recipe.name}/`.startsWith(`${suite}/`)) &&
    (!here || listed.parts.every(part => part.here))
  )
}

function hasModel({recipe, parts}: ListedRecipe, model: string): boolean {
  return `${recipe.name} ${parts[0]?.name ?? ''}`.toLowerCase().includes(model.toLowerCase())
}
