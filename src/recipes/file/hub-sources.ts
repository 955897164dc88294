import {posix} from 'node:path'
import {type Choose, filesLike, modelFiles} from '../../hub/choose.ts'
import {withPaths} from './complete.ts'
import {addressOf, type HubSource, sourceAt} from './hub-reference.ts'
import type {Recipe} from './schema.ts'
import {splitFile, splitsOf} from './splits.ts'

/** What a run of the recipe reads from the hub, each once. */
export function hubSources(recipe: Recipe): readonly HubSource[] {
  const {model} = recipe
  const paths = new Set(['path' in model ? model.path : model.config, ...dataPaths(recipe)])
  return [...paths].map(sourceAt).filter(source => source !== undefined)
}

/** The paths of the data that a run reads. */
export function dataPaths(recipe: Recipe): readonly string[] {
  const {data, train} = recipe
  const scored = splitsOf(recipe).map(split => splitFile(recipe, split))
  return [...(train ? [data.train, data.validation] : []), ...scored].filter(path => path !== undefined)
}

/** `owner/name@commit` of every dataset of the hub that a run reads. */
export function dataRevisions(recipe: Recipe): readonly string[] {
  const datasets = hubSources(recipe).filter(({kind}) => kind === 'dataset')
  return [...new Set(datasets.map(({name, revision}) => `${name}@${revision}`))]
}

/** What results call a model: its folder's name, or its own on the hub. */
export const modelName = (path: string) => posix.basename(sourceAt(path)?.name ?? path)

/** The files that are needed of a source. */
export const chooseFor = ({file}: HubSource): Choose => (file === undefined ? modelFiles : filesLike(file))

/** The recipe with every branch replaced by its commit, by address. */
export function pinned(recipe: Recipe, commits: ReadonlyMap<string, string>): Recipe {
  return withPaths(recipe, path => {
    const source = sourceAt(path)
    return source ? addressOf({...source, revision: commits.get(path) ?? source.revision}) : path
  })
}
