import {compact} from '../base/collections.ts'
import {sha256} from '../base/sha256.ts'
import {locateData} from './data/locate-sources.ts'
import type {Experiment} from './experiment.ts'
import {canonical} from './file/canonical.ts'
import {dataRevisions} from './file/hub-sources.ts'
import type {Recipe} from './file/schema.ts'
import {splitFile, usedSplits} from './file/splits.ts'

/** What identifies a run: its recipe without names and paths, and the contents of its model and data. */
export interface Identity {
  /** The sha256 of recipe, model and data. */
  readonly hash: string
  readonly model: string
  /** The hash of the contents, and the commits of what comes from the hub. */
  readonly data: string
}

/** The contents that a recipe reads, as hashes. */
export interface ContentHashes {
  readonly model: string
  /** A hash of all data. */
  readonly data: string
}

export async function identify(experiment: Experiment): Promise<Identity> {
  return identityOf(experiment.recipe, await hashContents(experiment))
}

/** Reads and hashes the data and the model. */
export async function hashContents({recipe, modelRevision, data: read}: Experiment): Promise<ContentHashes> {
  const data = await locateData(recipe)
  const hashes = await Promise.all(usedSplits(recipe).map(split => read.hash(splitFile({data}, split))))
  const model = compact([await modelRevision(), read.modelFacts]).join(' ')
  return {model, data: sha256(hashes.join()).slice(0, 12)}
}

export function identityOf(recipe: Recipe, {model, data}: ContentHashes): Identity {
  const hash = sha256(`${canonical(recipe)} ${model} ${data}`)
  return {hash, model, data: [data, ...dataRevisions(recipe)].join(' ')}
}

/** Whether a row's model is the one of this revision, whatever else of it the row records. */
export const isOfRevision = (model: string | undefined, revision: string): boolean =>
  model === revision || model?.startsWith(`${revision} `) === true
