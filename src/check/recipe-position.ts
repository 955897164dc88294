import {access} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {readRecipe} from '../recipes/file/read.ts'
import {partAt} from '../recipes/file/yaml/tree.ts'
import type {RecipePosition} from './gates/reference-schema.ts'

/**
 * Where recipes say what tells them from their neighbours, their adapter: paths relative to the repository of a GitHub
 * job, else to the working folder. A recipe whose file is not known is looked for in configs; one that is not there has
 * no place.
 */
export async function placesOf(
  recipes: readonly string[],
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, RecipePosition>> {
  const places = new Map<string, RecipePosition>()
  for (const recipe of recipes) {
    const file = files.get(recipe) ?? join('configs', `${recipe}.yaml`)
    const isHere = await access(file).then(
      () => true,
      () => false,
    )
    if (isHere) places.set(recipe, await placeIn(file))
  }
  return places
}

async function placeIn(file: string): Promise<RecipePosition> {
  const root = process.env.GITHUB_WORKSPACE ?? process.cwd()
  const first = {file: relative(root, file), line: 1, column: 1}
  const read = await readRecipe(file).catch(() => undefined) // what is wrong with it was told where it was run
  const key = read && partAt(read.tree, ['adapter'])?.key
  if (!key || key.source.flag) return first
  const before = key.source.text.slice(0, key.start).split('\n')
  return {file: relative(root, key.source.name), line: before.length, column: before.at(-1)!.length + 1}
}
