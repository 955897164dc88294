import {mapPaths, mapSources} from './change-recipe.ts'
import {formatAddress, isAddress} from './hub-reference.ts'
import type {ModelSource, Recipe, WrittenRecipe} from './schema.ts'

/**
 * Completes a recipe: writes out short forms and fills in defaults that depend on other values. `toAbsolute` makes
 * a path absolute, given the keys that lead to it.
 */
export function completeRecipe(
  written: WrittenRecipe,
  {name, toAbsolute}: {name: string; toAbsolute: (path: string, at: readonly string[]) => string},
): Recipe {
  const {extends: _, task, profile, model, data, adapter, train, evaluate, paper, ...rest} = written
  const recipe = {
    name,
    task,
    profile,
    model: modelOf(model),
    data: mapSources(data, source =>
      typeof source === 'string' ? source : formatAddress({kind: 'dataset', name: source.hub, ...source}),
    ),
    adapter,
    train: train && adapter.method !== 'none' ? {...train, microBatch: train.microBatch ?? train.batch} : undefined,
    evaluate: {...evaluate, splits: evaluate.splits ?? Object.keys(data.test)},
    ...rest,
    paper: rest.search ? undefined : paper, // a tuned recipe is no row of the paper
  }
  return mapPaths(recipe, (path, at) =>
    isAddress(path) ? path : toAbsolute(path, typeof written.model === 'string' && at[0] === 'model' ? ['model'] : at),
  )
}

function modelOf(written: WrittenRecipe['model']): ModelSource {
  if (typeof written === 'string') return {path: written}
  if (!('hub' in written)) return written
  return {path: formatAddress({kind: 'model', name: written.hub, revision: written.revision})}
}
