import {escapeLine} from '../../base/printable.ts'
import {canonical} from './canonical.ts'
import {mapPaths} from './complete.ts'
import {modelName} from './hub-sources.ts'
import {leaves} from './leaves.ts'
import type {Recipe} from './schema.ts'
import {keyAbove, type Tree} from './yaml/tree.ts'

/**
 * What overrides change of what a recipe computes, but for its seed: `train.epochs=1 train.lr=0.001`, sorted by path, each
 * value in one spelling and without a space; of a file or folder its name. '' where nothing changes. `before` is the recipe
 * without them; where that is none, everything counts that the command line wrote.
 */
export function overridesText(
  recipe: Recipe,
  {before, tree}: {readonly before: Recipe | undefined; readonly tree: Tree},
): string {
  const [own, other] = [computed(recipe), before && computed(before)]
  const isChanged = (path: string) =>
    other ? own.get(path) !== other.get(path) : own.has(path) && keyAbove(tree, path.split('.')).source.flag === true
  return leaves(mapPaths(recipe, modelName))
    .map(({path, value}) => ({path: path.join('.'), value}))
    .filter(({path}) => isChanged(path))
    .map(({path, value}) => `${word(path)}=${word(value)}`)
    .sort()
    .join(' ')
}

/** By its path each value that makes two runs two; a micro-batch that is the batch goes with it. */
function computed(recipe: Recipe): ReadonlyMap<string, string> {
  const {model, data, train} = recipe
  const sources = leaves({model, data}).filter(({value}) => typeof value === 'string') // which `canonical` leaves out
  const values = [...leaves(JSON.parse(canonical(recipe))), ...sources]
  const found = new Map(values.map(({path, value}) => [path.join('.'), JSON.stringify(value)]))
  found.delete('seed')
  if (train?.microBatch === train?.batch) found.delete('train.microBatch')
  return found
}

function word(value: unknown): string {
  const text = typeof value === 'string' && /^[\w./:@+*-]+$/.test(value) ? value : JSON.stringify(value)
  return escapeLine(text.replaceAll(' ', '\\u0020'))
}
