import {createHash} from 'node:crypto'
import {localData} from './data/local.ts'
import type {Experiment} from './experiment.ts'
import {canonical} from './file/complete.ts'
import {dataRevisions} from './file/hub-sources.ts'
import type {Recipe} from './file/schema.ts'
import {splitFile, splitsOf} from './file/splits.ts'

/** What makes two runs the same run: the recipe but for names and paths, and the contents of its model and data. */
export interface Identity {
  readonly text: string
  readonly recipe: string
  readonly model: string
  /** Of the contents, and the commits of what comes from the hub. */
  readonly data: string
}

/** What a recipe reads, by its contents. */
export interface Contents {
  readonly model: string
  /** A hash of all data. */
  readonly data: string
}

export async function identify(experiment: Experiment): Promise<Identity> {
  return identityOf(experiment.recipe, await contentsOf(experiment))
}

/** Reads and hashes the data and the model. */
export async function contentsOf({recipe, modelRevision, data: read}: Experiment): Promise<Contents> {
  const data = await localData(recipe)
  const sources = [...(recipe.train ? [data.train] : []), ...splitsOf(recipe).map(split => splitFile({data}, split))]
  const hashes = await Promise.all(sources.map(read.hash))
  const model = [await modelRevision(), ...(read.modelFacts ? [read.modelFacts] : [])].join(' ')
  return {model, data: createHash('sha256').update(hashes.join()).digest('hex').slice(0, 12)}
}

export function identityOf(recipe: Recipe, {model, data}: Contents): Identity {
  const text = `${canonical(recipe)} ${model} ${data}`
  const hash = createHash('sha256').update(text).digest('hex')
  return {text, recipe: hash, model, data: [data, ...dataRevisions(recipe)].join(' ')}
}

/** Whether a row's model is the one of this revision, whatever else of it the row records. */
export const isOfRevision = (model: string | undefined, revision: string): boolean =>
  model === revision || model?.startsWith(`${revision} `) === true
