import {basename, isAbsolute, join} from 'node:path'
import {bytesOf} from '../engine/graph.ts'
import type {Named, Stored} from '../engine/program.ts'
import {knownSize} from '../recipes/data/known-sizes.ts'
import {isOnDisk} from '../recipes/data/locate-sources.ts'
import {parseAddress} from '../recipes/file/hub-reference.ts'
import {dataPaths} from '../recipes/file/hub-sources.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {hasWeights} from '../weights/checkpoint.ts'

/** Something that a recipe reads. */
export interface RecipeInput {
  /** `google/gemma-2b`, `openai/gsm8k/main/test-00000-of-00001.parquet`, or a path. */
  readonly name: string
  readonly here: boolean
  /** Of what is to be downloaded, where that is known. */
  readonly bytes?: number
  /** What of a model in a folder is not there, where the folder is. */
  readonly lacks?: 'weights'
}

/** What a recipe reads, each once: its model, and its files. `tensors` tells the size of the model's weights. */
export async function listInputs(
  recipe: Recipe,
  tensors: Named<Pick<Stored, 'dtype' | 'shape'>>,
): Promise<RecipeInput[]> {
  const data = [...new Set(dataPaths(recipe))].map(async path => {
    const bytes = knownSize(path)?.bytes
    return {name: inputName(path), here: await isOnDisk(path), ...(bytes === undefined ? {} : {bytes})}
  })
  return Promise.all([modelInput(recipe, tensors), ...data])
}

/** What recipes read that is neither here nor on the hub, each path once. The hub's cache is not looked into. */
export async function listMissingPaths(recipes: readonly Recipe[]): Promise<string[]> {
  const sought = new Map<string, string>()
  for (const recipe of recipes) {
    const model = modelPath(recipe)
    sought.set(model, configOf(model))
    for (const path of dataPaths(recipe)) sought.set(path, path)
  }
  const local = [...sought].filter(([path]) => !parseAddress(path))
  const here = await Promise.all(local.map(([, file]) => isOnDisk(file)))
  return local.flatMap(([path], i) => (here[i] ? [] : [path]))
}

async function modelInput(recipe: Recipe, tensors: Named<Pick<Stored, 'dtype' | 'shape'>>): Promise<RecipeInput> {
  const path = modelPath(recipe)
  if (!parseAddress(path)) {
    const here = await isOnDisk(configOf(path))
    const whole = !here || !('path' in recipe.model) || (await hasWeights(path))
    return whole ? {name: path, here} : {name: path, here: false, lacks: 'weights'}
  }
  const bytes = Object.values(tensors).reduce((sum, {dtype, shape}) => sum + bytesOf(dtype, shape), 0)
  return {name: inputName(path), here: await isOnDisk(path), bytes}
}

const modelPath = ({model}: Recipe) => ('path' in model ? model.path : model.config)

/** Of a model in a folder. */
const configOf = (folder: string) => join(folder, 'config.json')

/** What people call a source. */
function inputName(path: string): string {
  const source = parseAddress(path)
  if (!source) return path
  const {name, revision, file} = source
  if (file !== undefined) return `${name}/${file}`
  return revision === 'main' ? name : `${name}@${revision}`
}

/** Whether a part is a path, which svft cannot fetch. */
export const isLocal = ({name}: RecipeInput) => isAbsolute(name)

/** A part for people, without the way to it. */
export const shortName = (part: RecipeInput) => (isLocal(part) ? basename(part.name) : part.name)
