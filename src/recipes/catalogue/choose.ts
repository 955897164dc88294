import type {Catalogue, Listed} from './catalogue.ts'

/** What of a catalogue to list; what is left out does not choose. */
export interface Choice {
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

/** The rows, points and other recipes that fit; of a table no points, and of a figure no rows. */
export function choose({rows, points, others}: Catalogue, choice: Choice): Catalogue {
  const {table, figure} = choice
  const fits = (listed: Listed) => fitting(listed, choice)
  const some = <T extends {readonly recipes: readonly Listed[]}>(all: readonly T[]) =>
    all.map(one => ({...one, recipes: one.recipes.filter(fits)})).filter(({recipes}) => recipes.length > 0)
  return {
    rows: figure !== undefined ? [] : some(rows.filter(row => table === undefined || row.table === table)),
    points: figure === undefined ? [] : some(points.filter(point => point.figure === figure)),
    others: table !== undefined || figure !== undefined ? [] : others.filter(fits),
  }
}

function fitting({recipe, parts}: Listed, {model = '', method, suite, here}: Choice): boolean {
  const [first] = recipe.name.split('/')
  const named = `${recipe.name} ${parts[0]?.name ?? ''}`.toLowerCase()
  return (
    named.includes(model.toLowerCase()) &&
    (method === undefined || recipe.adapter.method === method) &&
    (suite === undefined || first === suite) &&
    (!here || parts.every(part => part.here))
  )
}
