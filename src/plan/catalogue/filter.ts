import {Fault} from '../../base/fault.ts'
import {nearest} from '../../base/nearest.ts'
import {isLocal, shortName} from '../inputs.ts'
import type {Catalogue, ListedRecipe} from './catalogue.ts'

/** What of a catalogue to list; what is left out does not choose. */
export interface CatalogueFilter {
  readonly table?: number | undefined
  readonly figure?: number | undefined
  /** A part of the model's name. */
  readonly model?: string | undefined
  readonly method?: string | undefined
  /** The first folder of a recipe's name: gsm8k, commonsense, glue, vision. */
  readonly suite?: string | undefined
  /** Only what can be run without fetching anything. */
  readonly here?: boolean | undefined
}

/**
 * The rows, points and other recipes that fit; of a table no points, and of a figure no rows.
 *
 * @throws Fault 'usage' for a value that nothing of the catalogue has
 */
export function filterCatalogue(catalogue: Catalogue, choice: CatalogueFilter): Catalogue {
  checkKnown(catalogue, choice)
  const {rows, points, others} = catalogue
  const {table, figure} = choice
  const fits = (listed: ListedRecipe) => fitting(listed, choice)
  const some = <T extends {readonly recipes: readonly ListedRecipe[]}>(all: readonly T[]) =>
    all.map(one => ({...one, recipes: one.recipes.filter(fits)})).filter(({recipes}) => recipes.length > 0)
  return {
    rows: figure !== undefined ? [] : some(rows.filter(row => table === undefined || row.table === table)),
    points: figure === undefined ? [] : some(points.filter(point => point.figure === figure)),
    others: table !== undefined || figure !== undefined ? [] : others.filter(fits),
  }
}

/** Each value has something of the catalogue, if perhaps not together with the others. */
function checkKnown(catalogue: Catalogue, choice: CatalogueFilter): void {
  const {rows, points, others} = catalogue
  const listed = [...[...rows, ...points].flatMap(({recipes}) => recipes), ...others]
  for (const [name, known] of Object.entries(FILTERS)) {
    const asked = choice[name as keyof typeof FILTERS]
    if (asked === undefined) continue
    const values = [...new Set(known(catalogue, listed))]
    const fits = name === 'model' ? listed.some(one => hasModel(one, String(asked))) : values.includes(String(asked))
    if (fits) continue
    const near = typeof asked === 'string' ? nearest(asked, values) : undefined
    const advice = near === undefined ? '' : `did you mean ${near}? `
    throw new Fault('usage', `nothing is listed for --${name} ${asked}; ${advice}known: ${values.join(', ')}`)
  }
}

type ValuesOf = (catalogue: Catalogue, listed: readonly ListedRecipe[]) => readonly string[]

/** The values of each flag that a catalogue has. */
const FILTERS: Readonly<Record<'table' | 'figure' | 'model' | 'method' | 'suite', ValuesOf>> = {
  table: ({rows}) => rows.map(({table}) => String(table)),
  figure: ({points}) => points.map(({figure}) => String(figure)),
  model: (_, listed) => listed.map(modelOf).sort(),
  method: (_, listed) => listed.map(({recipe}) => recipe.adapter.method).sort(),
  suite: (_, listed) => listed.map(suiteOf).sort(),
}

function fitting(listed: ListedRecipe, {model = '', method, suite, here}: CatalogueFilter): boolean {
  return (
    hasModel(listed, model) &&
    (method === undefined || listed.recipe.adapter.method === method) &&
    (suite === undefined || suiteOf(listed) === suite) &&
    (!here || listed.parts.every(part => part.here))
  )
}

const suiteOf = ({recipe}: ListedRecipe) => recipe.name.split('/')[0]

function hasModel({recipe, parts}: ListedRecipe, model: string): boolean {
  return `${recipe.name} ${parts[0]?.name ?? ''}`.toLowerCase().includes(model.toLowerCase())
}

/** `gemma-2b` of google/gemma-2b; of a model that is a path the folder's name. */
function modelOf({parts: [part]}: ListedRecipe): string {
  return isLocal(part) ? shortName(part) : part.name.slice(part.name.indexOf('/') + 1)
}
