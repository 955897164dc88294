import {isNode} from 'yaml'
import type {ReadRecipe} from './read.ts'
import {recipeDocument} from './show-text.ts'
import {plainValue, type Tree} from './yaml/tree.ts'

/**
 * What `--set` changed of a recipe, nested as a file in `folder` writes it that extends the recipe: what a later override
 * took back is left out; a model, or a source of data, is whole, with its path from there.
 */
export function overridesOf(read: ReadRecipe, folder: string): Readonly<Record<string, unknown>> {
  const places = recipeDocument(read.recipe, folder)
  const placed = (path: readonly string[]) => {
    const node = places.getIn(path)
    return isNode(node) ? node.toJSON() : node
  }
  return {...(pick(read.tree, [], placed) as object | undefined)}
}

/** The part of a tree that the command line wrote; undefined where it wrote none. */
function pick(tree: Tree, path: readonly string[], placed: (path: readonly string[]) => unknown): unknown {
  if (isSource(path)) return isFlagged(tree) ? placed(path) : undefined
  if (tree.kind !== 'map') return isFlagged(tree) ? plainValue(tree) : undefined
  const entries = [...tree.entries].map(([name, {value}]) => [name, pick(value, [...path, name], placed)] as const)
  const written = entries.filter(([, value]) => value !== undefined)
  return written.length > 0 ? Object.fromEntries(written) : undefined
}

/** Whether the command line wrote any of it. */
function isFlagged(tree: Tree): boolean {
  if (tree.kind === 'map') return [...tree.entries.values()].some(({value}) => isFlagged(value))
  return tree.at.source.flag === true
}

/** Where a recipe names a model or data, whose paths start at the folder of who writes them. */
function isSource([block, name, column, ...rest]: readonly string[]): boolean {
  if (block === 'model') return name === undefined
  if (block !== 'data' || rest.length > 0) return false
  return name === 'test' ? column !== undefined : (name === 'train' || name === 'validation') && column === undefined
}
