import {basename, isAbsolute, join} from 'node:path'
import {bytesOf} from '../../engine/graph.ts'
import type {Named, Stored} from '../../engine/program.ts'
import {sourceAt} from '../hub-reference.ts'
import {isHere} from '../local.ts'
import type {Recipe} from '../schema.ts'
import {dataPaths} from '../sources.ts'
import {knownSize} from './sizes.ts'

/** Something that a recipe reads. */
export interface Part {
  /** `google/gemma-2b`, `openai/gsm8k/main/test-00000-of-00001.parquet`, or a path. */
  readonly name: string
  readonly here: boolean
  /** Of what is to be downloaded, where that is known. */
  readonly bytes?: number
}

/** What a recipe reads, each once: its model, and its files. `tensors` tells the size of the model's weights. */
export async function partsOf(recipe: Recipe, tensors: Named<Pick<Stored, 'dtype' | 'shape'>>): Promise<Part[]> {
  const data = [...new Set(dataPaths(recipe))].map(async path => {
    const bytes = knownSize(path)?.bytes
    return {name: named(path), here: await isHere(path), ...(bytes === undefined ? {} : {bytes})}
  })
  return Promise.all([modelPart(recipe, tensors), ...data])
}

async function modelPart({model}: Recipe, tensors: Named<Pick<Stored, 'dtype' | 'shape'>>): Promise<Part> {
  const path = 'path' in model ? model.path : model.config
  if (!sourceAt(path)) return {name: path, here: await isHere(join(path, 'config.json'))}
  const bytes = Object.values(tensors).reduce((sum, {dtype, shape}) => sum + bytesOf(dtype, shape), 0)
  return {name: named(path), here: await isHere(path), bytes}
}

/** What people call a source. */
function named(path: string): string {
  const source = sourceAt(path)
  if (!source) return path
  const {name, revision, file} = source
  if (file !== undefined) return `${name}/${file}`
  return revision === 'main' ? name : `${name}@${revision}`
}

/** A part for people, without the way to it. */
export const shortPart = ({name}: Part) => (isAbsolute(name) ? basename(name) : name)
