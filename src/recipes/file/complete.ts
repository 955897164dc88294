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

interface DataSources<Source> {
  readonly train: Source
  readonly validation?: Source | undefined
  readonly test: Readonly<Record<string, Source>>
}

/** A recipe's data with each source replaced by what `convert` returns, given the keys that lead to it. */
export function mapSources<From, To, Rest>(
  {train, validation, test, ...rest}: DataSources<From> & Rest,
  convert: (source: From, at: readonly string[]) => To,
) {
  return {
    ...rest,
    train: convert(train, ['data', 'train']),
    validation: validation && convert(validation, ['data', 'validation']),
    test: Object.fromEntries(
      Object.entries(test).map(([column, source]) => [column, convert(source, ['data', 'test', column])]),
    ),
  }
}

/** The recipe as a file could write it: without the overrides of the command line that it records. */
export const withoutSet = ({set: _, ...recipe}: Recipe): Recipe => recipe

/** The recipe with seed 0, by which runs that differ in the seed alone are found equal. */
export const withoutSeed = (recipe: Recipe): Recipe => ({...recipe, seed: 0})

/** The recipe with each of its paths replaced by what `convert` returns, given the keys that lead to it. */
export function mapPaths(recipe: Recipe, convert: (path: string, at: readonly string[]) => string): Recipe {
  const {model, data} = recipe
  return {
    ...recipe,
    model:
      'path' in model
        ? {path: convert(model.path, ['model', 'path'])}
        : {...model, config: convert(model.config, ['model', 'config'])},
    data: mapSources(data, convert),
  }
}
