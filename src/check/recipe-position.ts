import {existsSync} from 'node:fs'
import {join, relative} from 'node:path'
import {readRecipe} from '../recipes/file/read.ts'
import {lineOf, partAt} from '../recipes/file/yaml/tree.ts'

/** A position in a recipe file, whose path is relative to the repository of a GitHub job, else to the working folder. */
export interface RecipePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

/**
 * Finds the position of the adapter in each recipe, which distinguishes it from its neighbours. A recipe whose file is
 * not given is looked for in configs, and left out if it is not there.
 */
export async function findRecipePositions(
  recipes: readonly string[],
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, RecipePosition>> {
  const positions = new Map<string, RecipePosition>()
  for (const recipe of recipes) {
    const file = files.get(recipe) ?? join('configs', `${recipe}.yaml`)
    if (existsSync(file)) positions.set(recipe, await adapterPosition(file))
  }
  return positions
}

async function adapterPosition(file: string): Promise<RecipePosition> {
  const root = process.env.GITHUB_WORKSPACE ?? process.cwd()
  const read = await readRecipe(file).catch(() => undefined) // its faults were reported when it was run
  const key = read && partAt(read.tree, ['adapter'])?.key
  if (!key || key.source.flag) return {file: relative(root, file), line: 1, column: 1}
  const before = key.source.text.slice(0, key.start)
  return {file: relative(root, key.source.name), line: lineOf(key), column: before.length - before.lastIndexOf('\n')}
}
