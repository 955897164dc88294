import {mapValues} from '../../base/collections.ts'
import type {Recipe} from './schema.ts'

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

/** A recipe's data with each source replaced by what `convert` returns, given the keys that lead to it. */
export function mapSources<From, To, Rest>(
  {train, validation, test, ...rest}: DataSources<From> & Rest,
  convert: (source: From, at: readonly string[]) => To,
) {
  return {
    ...rest,
    train: convert(train, ['data', 'train']),
    validation: validation && convert(validation, ['data', 'validation']),
    test: mapValues(test, (source, column) => convert(source, ['data', 'test', column])),
  }
}

interface DataSources<Source> {
  readonly train: Source
  readonly validation?: Source | undefined
  readonly test: Readonly<Record<string, Source>>
}
