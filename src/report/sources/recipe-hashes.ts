import {groupBy} from '../../base/collections.ts'
import {unlessFault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'
import {readRecipe} from '../../recipes/file/read.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {identityOf} from '../../recipes/identity.ts'
import type {LocatedRow} from '../../results/check-rows.ts'
import type {Row} from '../../results/row.ts'
import {findRecipeFile} from './row-origins.ts'

/**
 * Finds rows whose hash does not match the recipe with their name, one of those here or that ship with svft.
 * Rows with overrides, or without the hashes of their model and data, are not compared.
 */
export async function hashMismatches(rows: readonly LocatedRow[]): Promise<string[]> {
  const found: string[] = []
  for (const [name, own] of groupBy(rows, ({row}) => row.recipe)) {
    const recipe = await recipeNamed(name)
    if (!recipe) continue
    const [first, ...others] = own.filter(({row}) => row.set === undefined && matchesHash(row, recipe) === false)
    if (!first) continue
    const more = others.length > 0 ? `, and ${others.length} more` : ''
    found.push(
      `${first.position}${more}: ${escapeLine(name, 100)}: hash ${escapeLine(first.row.hash, 60)} does not match the recipe here; the recipe or the row has changed`,
    )
  }
  return found
}

/** Whether a row's hash is that of a recipe with the row's seed; undefined if the row lacks the hash of its model or data. */
export function matchesHash({hash, seed, modelRevision, dataRevision}: Row, recipe: Recipe): boolean | undefined {
  const [data] = dataRevision?.split(' ') ?? []
  if (modelRevision === undefined || data === undefined) return undefined
  return identityOf({...recipe, seed}, {model: modelRevision, data}).hash.slice(0, 12) === hash
}

async function recipeNamed(name: string): Promise<Recipe | undefined> {
  const file = findRecipeFile(name)
  const read = file === undefined ? undefined : await unlessFault(() => readRecipe(file))
  return read?.recipe
}
