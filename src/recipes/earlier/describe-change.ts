import {compact, compareText} from '../../base/collections.ts'
import {displayPath} from '../../base/paths.ts'
import type {Row} from '../../results/row.ts'
import {mapPaths} from '../file/change-recipe.ts'
import {modelName} from '../file/hub-sources.ts'
import {computedValues} from '../file/overrides-text.ts'
import type {Recipe} from '../file/schema.ts'
import type {Identity} from '../identity.ts'
import {readNamesakes} from './namesakes.ts'

/**
 * Describes how a recipe, its model or its data differ from those of the finished run of its name and seed that is most like it:
 * `changed since runs/tiny-27ec242d-s0 finished: train.lr was 0.01, is 0.02`. Returns undefined if there is no such run.
 */
export async function describeChange(recipe: Recipe, identity: Identity): Promise<string | undefined> {
  const runs = await readNamesakes(recipe)
  const finished = runs.flatMap(({path, recipe: before, row}) =>
    row ? [{path, row, values: changedValues(before, recipe)}] : [],
  )
  if (finished.length === 0) return undefined
  const [{path, row, values}] = finished.sort(
    (a, b) => a.values.length - b.values.length || compareText(b.row.finished, a.row.finished),
  )
  const changes = values.length > 0 ? values : changedFiles(row, identity)
  return changes.length === 0 ? undefined : `changed since ${displayPath(path)} finished: ${changes.join(', ')}`
}

/** The values that differ between two recipes, apart from the seed: `train.lr was 0.01, is 0.02`. */
export function changedValues(before: Recipe, after: Recipe): string[] {
  const [was, is] = [before, after].map(recipe => computedValues(mapPaths(recipe, modelName)))
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort()
  return keys.filter(key => was.get(key) !== is.get(key)).map(key => changeText(key, was.get(key), is.get(key)))
}

/** `train.lr was 0.01, is not set`. */
export const changeText = (key: string, was: string | number | undefined, is: string | number | undefined): string =>
  `${key} was ${was ?? 'not set'}, is ${is ?? 'not set'}`

/** Which of its files differ from those that the row of a run records. */
export const changedFiles = (row: Row, {model, data}: Partial<Pick<Identity, 'model' | 'data'>>): string[] =>
  compact([
    row.modelRevision !== model && 'the files of its model',
    row.dataRevision !== data && 'the contents of its data',
  ])
