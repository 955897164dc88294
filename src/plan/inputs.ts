import {basename, isAbsolute, join} from 'node:path'
import {sum} from '../base/collections.ts'
import type {Named, Stored} from '../engine/program.ts'
import {knownSize} from '../recipes/data/known-sizes.ts'
import {isOnDisk} from '../recipes/data/locate-sources.ts'
import {storedBytes} from '../recipes/data/placeholder-weights.ts'
import {parseAddress} from '../recipes/file/hub-reference.ts'
import {dataPaths, modelPath} from '../recipes/file/hub-sources.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {hasWeights} from '../weights/checkpoint.ts'

/** A model or data file that a recipe reads. */
export interface RecipeInput {
  /** `google/gemma-2b`, `openai/gsm8k/main/test-00000-of-00001.parquet`, or a path. */
  readonly name: string
  readonly here: boolean
  /** The size of the download, where it is known. */
  readonly bytes?: number | undefined
  /** The missing part of a model folder that exists. */
  readonly lacks?: 'weights'
}

/** Lists the inputs of a recipe, each once: its model and its data files. The model's size follows from its `tensors`. */
export async function listInputs(
  recipe: Recipe,
  tensors: Named<Pick<Stored, 'dtype' | 'shape'>>,
): Promise<RecipeInput[]> {
  const data = [...new Set(dataPaths(recipe))].map(async path => ({
    name: inputName(path),
    here: await isOnDisk(path),
    bytes: knownSize(path)?.bytes,
  }))
  return Promise.all([modelInput(recipe, tensors), ...data])
}

/** Lists the local paths that recipes read and that do not exist, each once. The hub's cache is not checked. */
export async function listMissingPaths(recipes: readonly Recipe[]): Promise<string[]> {
  const files = new Map<string, string>()
  for (const recipe of recipes) {
    const model = modelPath(recipe)
    files.set(model, configOf(model))
    for (const path of dataPaths(recipe)) files.set(path, path)
  }
  const local = [...files].filter(([path]) => !parseAddress(path))
  const here = await Promise.all(local.map(([, file]) => isOnDisk(file)))
  return local.flatMap(([path], i) => (here[i] ? [] : [path]))
}

async function modelInput(recipe: Recipe, tensors: Named<Pick<Stored, 'dtype' | 'shape'>>): Promise<RecipeInput> {
  const path = modelPath(recipe)
  if (!parseAddress(path)) {
    const here = await isOnDisk(configOf(path))
    const isComplete = !here || !('path' in recipe.model) || (await hasWeights(path))
    return isComplete ? {name: path, here} : {name: path, here: false, lacks: 'weights'}
  }
  return {name: inputName(path), here: await isOnDisk(path), bytes: storedBytes(tensors)}
}

/** The config of a model in a folder. */
export const configOf = (folder: string) => join(folder, 'config.json')

/** The name of a source without `hub:`, and its revision unless that is main. */
function inputName(path: string): string {
  const source = parseAddress(path)
  if (!source) return path
  const {name, revision, file} = source
  if (file !== undefined) return `${name}/${file}`
  return revision === 'main' ? name : `${name}@${revision}`
}

/** Whether an input is a local path, which svft cannot fetch. */
export const isLocal = ({name}: RecipeInput) => isAbsolute(name)

/** The name of an input; of a local path its last part. */
export const shortName = (part: RecipeInput) => (isLocal(part) ? basename(part.name) : part.name)

/** The size of the downloads of missing inputs, each counted once, as far as it is known. */
export const missingBytes = (parts: readonly RecipeInput[]): number =>
  sum([...new Map(parts.map(({name, here, bytes = 0}) => [name, here ? 0 : bytes])).values()])

/** The number of missing inputs that svft can fetch and whose size is not known, each counted once. */
export const missingOfUnknownSize = (parts: readonly RecipeInput[]): number =>
  new Set(parts.flatMap(part => (part.here || isLocal(part) || part.bytes !== undefined ? [] : [part.name]))).size
