import {escapeLine} from '../../base/printable.ts'
import {canonical} from './canonical.ts'
import {mapPaths} from './change-recipe.ts'
import {modelName} from './hub-sources.ts'
import {leaves} from './leaves.ts'
import type {Recipe} from './schema.ts'
import {keyAbove, type Tree} from './yaml/tree.ts'

/**
 * The overrides that change what a recipe computes, without its seed: `train.epochs=1 train.lr=0.001`, sorted by path, each
 * value in one spelling and without a space; a file or folder is given by its name. '' if nothing changes. `before` is the
 * recipe without them; if that is no whole recipe, everything counts that the command line wrote.
 */
export function overridesText(
  recipe: Recipe,
  {before, tree}: {readonly before: Recipe | undefined; readonly tree: Tree},
): string {
  const [own, other] = [computedValues(recipe), before && computedValues(before)]
  const isChanged = (path: string) =>
    other ? own.get(path) !== other.get(path) : own.has(path) && keyAbove(tree, path.split('.')).source.flag === true
  const isWithin = (path: string) => (name: string) => name === path || name.startsWith(`${path}.`)
  const isRemoved = (path: string) =>
    ![...own.keys()].some(isWithin(path)) && (!other || [...other.keys()].some(isWithin(path)))
  const changed = leaves(mapPaths(recipe, modelName))
    .map(({path, value}) => ({path: path.join('.'), value}))
    .filter(({path}) => isChanged(path))
  const removed = removedPaths(tree)
    .filter(isRemoved)
    .map(path => ({path, value: null}))
  return [...changed, ...removed]
    .map(({path, value}) => overrideText(path, value))
    .sort()
    .join(' ')
}

/** The paths of the values that the command line removed. */
function removedPaths(tree: Tree, path: readonly string[] = []): string[] {
  if (tree.kind === 'removed') return tree.at.source.flag ? [path.join('.')] : []
  if (tree.kind !== 'map') return []
  return [...tree.entries].flatMap(([name, {value}]) => removedPaths(value, [...path, name]))
}

/** The values, apart from the seed, that distinguish two runs, by path, as JSON; a micro-batch that equals the batch is left out. */
export function computedValues(recipe: Recipe): ReadonlyMap<string, string> {
  const {model, data, train} = recipe
  const sources = leaves({model, data}).filter(({value}) => typeof value === 'string') // which `canonical` leaves out
  const values = [...leaves(JSON.parse(canonical(recipe))), ...sources]
  const found = new Map(values.map(({path, value}) => [path.join('.'), JSON.stringify(value)]))
  found.delete('seed')
  if (train?.microBatch === train?.batch) found.delete('train.microBatch')
  return found
}

/** One override in one line without spaces: `train.lr=0.001`. */
export const overrideText = (path: string, value: unknown): string => `${word(path)}=${word(value)}`

function word(value: unknown): string {
  const text = typeof value === 'string' && /^[\w./:@+*-]+$/.test(value) ? value : JSON.stringify(value)
  return escapeLine(text.replaceAll(' ', '\\u0020'))
}
