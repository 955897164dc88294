import {familyOf} from '../../tasks/index.ts'
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
    ...(train && adapter.method !== 'none' ? {train: {...train, microBatch: train.microBatch ?? train.batch}} : {}),
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
    ...(validation === undefined ? {} : {validation: path(validation)}),
    test: Object.fromEntries(Object.entries(test).map(([column, source]) => [column, path(source)])),
  }
}

/**
 * One text for all recipes that train the same: sorted keys, without name, profile, paper, set, threads, saveEvery and
 * the paths; `match`, `basis`, `scheduleLength`, `weighting`, `padToken`, `heldOut`, `keep`, `prompt`, `orient` and `device` only
 * where they are not as by default.
 */
export function canonical(recipe: Recipe): string {
  const pathless = mapPaths(recipe, () => '')
  const {name: _, profile: __, paper: ___, set: ____, threads: _____, adapter, train, ...rest} = pathless
  const left = {
    saveEvery: undefined,
    ...(train?.scheduleLength === 'all-steps' ? {scheduleLength: undefined} : {}),
    ...(train?.padToken === 'added' ? {padToken: undefined} : {}),
    ...(train?.heldOut === 0 ? {heldOut: undefined} : {}),
    ...(train?.weighting === usualWeighting(recipe.task) ? {weighting: undefined} : {}),
    ...(train?.keep === 'last' ? {keep: undefined} : {}),
  }
  const device = rest.device === 'cpu' ? {device: undefined} : {}
  const match = 'match' in adapter && adapter.match === 'substring' ? {match: undefined} : {}
  const basis = 'basis' in adapter && adapter.basis === 'thin' ? {basis: undefined} : {}
  const orient = rest.data.orient === false ? {orient: undefined} : {}
  const prompt = rest.evaluate.prompt === 'official' ? {prompt: undefined} : {}
  return JSON.stringify(
    {
      ...rest,
      ...device,
      data: {...rest.data, ...orient},
      adapter: {...adapter, ...match, ...basis},
      train: train && {...train, ...left},
      evaluate: {...rest.evaluate, ...prompt},
    },
    (_key, value) =>
      typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  )
}

/** What either profile decides. */
const usualWeighting = (task: Recipe['task']) =>
  ['math', 'commonsense'].includes(familyOf(task)) ? 'micro-batches' : 'examples'

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
      ...(data.validation === undefined ? {} : {validation: place(data.validation, ['data', 'validation'])}),
      test: Object.fromEntries(Object.entries(data.test).map(([k, v]) => [k, place(v, ['data', 'test', k])])),
    },
  }
}
