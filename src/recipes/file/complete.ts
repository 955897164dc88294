import {formatAddress, isAddress} from './hub-reference.ts'
import type {DataFiles, ModelSource, Recipe, WrittenRecipe} from './schema.ts'

/**
 * The recipe that `written` message: short forms written out, defaults filled in that depend on other values.
 * `place` makes a path absolute, given where in the recipe it stands.
 */
export function completeRecipe(
  written: WrittenRecipe,
  {name, place}: {name: string; place: (path: string, at: readonly string[]) => string},
): Recipe {
  const {extends: _, task, profile, model, data, adapter, train, evaluate, ...rest} = written
  const recipe = {
    name,
    task,
    profile,
    model: modelOf(model),
    data: dataOf(data),
    adapter,
    train: train && adapter.method !== 'none' ? {...train, microBatch: train.microBatch ?? train.batch} : undefined,
    evaluate: {...evaluate, splits: evaluate.splits ?? Object.keys(data.test)},
    ...rest,
  }
  return mapPaths(recipe, (path, at) =>
    isAddress(path) ? path : place(path, typeof written.model === 'string' && at[0] === 'model' ? ['model'] : at),
  )
}

function modelOf(written: WrittenRecipe['model']): ModelSource {
  if (typeof written === 'string') return {path: written}
  if (!('hub' in written)) return written
  return {path: formatAddress({kind: 'model', name: written.hub, revision: written.revision})}
}

function dataOf({train, validation, test, ...rest}: WrittenRecipe['data']): DataFiles {
  const path = (source: typeof train) =>
    typeof source === 'string' ? source : formatAddress({kind: 'dataset', name: source.hub, ...source})
  return {
    ...rest,
    train: path(train),
    validation: validation && path(validation),
    test: Object.fromEntries(Object.entries(test).map(([column, source]) => [column, path(source)])),
  }
}

/** The recipe as a file could write it: what was changed of another is not told. */
export const withoutSet = ({set: _, ...recipe}: Recipe): Recipe => recipe

/** The recipe with each of its paths replaced by what `place` returns, given where in the recipe it stands. */
export function mapPaths(recipe: Recipe, place: (path: string, at: readonly string[]) => string): Recipe {
  const {model, data} = recipe
  return {
    ...recipe,
    model:
      'path' in model
        ? {path: place(model.path, ['model', 'path'])}
        : {...model, config: place(model.config, ['model', 'config'])},
    data: {
      ...data,
      train: place(data.train, ['data', 'train']),
      validation: data.validation && place(data.validation, ['data', 'validation']),
      test: Object.fromEntries(Object.entries(data.test).map(([k, v]) => [k, place(v, ['data', 'test', k])])),
    },
  }
}
