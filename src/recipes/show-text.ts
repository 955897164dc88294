import {relative} from 'node:path'
import {Document, isCollection, isNode} from 'yaml'
import {withPaths} from './complete.ts'
import {originsOf} from './origins.ts'
import type {ReadRecipe} from './read.ts'
import type {Recipe} from './schema.ts'

/** A resolved recipe as YAML, behind each value where it comes from. Saved in the working folder, it runs as it stands. */
export function showText(read: ReadRecipe): string {
  const document = recipeDocument(read.recipe, process.cwd())
  for (const {path, from} of originsOf(read)) {
    const node = document.getIn(path, true)
    if (isNode(node)) node.comment = ` ${from}`
  }
  return document.toString({lineWidth: 0}).trimEnd()
}

/** A recipe as a YAML document to be saved in `folder`: paths start there, lists stand in one line. */
export function recipeDocument(recipe: Recipe, folder: string): Document {
  const local = withPaths(recipe, path => relative(folder, path) || '.')
  const document = new Document(JSON.parse(JSON.stringify(local)))
  for (const {path} of leafLists(local)) {
    const node = document.getIn(path, true)
    if (isCollection(node)) node.flow = true
  }
  return document
}

function leafLists(value: unknown, path: readonly string[] = []): {readonly path: readonly string[]}[] {
  if (Array.isArray(value)) return [{path}]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => leafLists(inner, [...path, key]))
}
