import {posix} from 'node:path'
import {compact} from '../../base/collections.ts'
import {type Choose, filesLike, modelFiles} from '../../hub/choose-files.ts'
import {mapPaths} from './change-recipe.ts'
import {formatAddress, type HubSource, parseAddress} from './hub-reference.ts'
import type {Recipe} from './schema.ts'
import {scoredSplits, splitFile} from './splits.ts'
import {findsClasses} from './task-of.ts'

/** Lists the repositories of the hub that a run of the recipe reads, each once. */
export const hubSources = (recipe: Recipe): readonly HubSource[] => sourcesAt([modelPath(recipe), ...dataPaths(recipe)])

/** Lists the repositories that a run or a search of the recipe reads; a search also scores validation. */
export function hubSourcesOfSearch(recipe: Recipe): readonly HubSource[] {
  const {validation} = recipe.data
  return sourcesAt(compact([modelPath(recipe), ...dataPaths(recipe), validation]))
}

const sourcesAt = (paths: readonly string[]) => compact([...new Set(paths)].map(parseAddress))

/** The path of a recipe's model, or of its config if the weights are drawn at random. */
export const modelPath = ({model}: Pick<Recipe, 'model'>): string => ('path' in model ? model.path : model.config)

/** The paths of the data that a run reads; a validation that no split reads is not among them. */
export function dataPaths(recipe: Recipe): readonly string[] {
  const {data, train} = recipe
  const scored = scoredSplits(recipe).map(split => splitFile(recipe, split))
  return compact([(train !== undefined || findsClasses(recipe)) && data.train, ...scored])
}

/** `owner/name@commit` of every dataset of the hub that a run reads. */
export function dataRevisions(recipe: Recipe): readonly string[] {
  const datasets = hubSources(recipe).filter(({kind}) => kind === 'dataset')
  return [...new Set(datasets.map(({name, revision}) => `${name}@${revision}`))]
}

/** The name of a model in results: its folder's, or its repository's on the hub. */
export const modelName = (path: string) => posix.basename(parseAddress(path)?.name ?? path)

/** The files that are needed of a source. */
export const chooseFiles = ({file}: HubSource): Choose => (file === undefined ? modelFiles : filesLike(file))

/** The recipe with every branch replaced by its commit, by address. */
export function pinRevisions(recipe: Recipe, commits: ReadonlyMap<string, string>): Recipe {
  return mapPaths(recipe, path => {
    const source = parseAddress(path)
    return source ? formatAddress({...source, revision: commits.get(path) ?? source.revision}) : path
  })
}
