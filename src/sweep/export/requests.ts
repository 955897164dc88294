import {groupBy} from '../../base/collections.ts'
import {unlessFault} from '../../base/fault.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {countTrainExamples} from '../../recipes/data/count-examples.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {sumMemory, trainingMemory} from '../../recipes/memory/check-memory.ts'
import {clipBatch, type KnownNeeds} from '../../recipes/memory/step-needs.ts'
import type {Cell} from '../cells.ts'

/** The resources that any of the cells needs. */
export interface ResourceRequests {
  /** Cores: the largest number of threads of a recipe; a recipe that sets none counts as 2. */
  readonly cpu: number
  /** Undefined if no model's config.json is here. */
  readonly memoryBytes: number | undefined
}

/** Computes what the largest cell needs, from shapes. */
export async function computeRequests(cells: readonly Cell[]): Promise<ResourceRequests> {
  const known: KnownNeeds = new Map()
  const needs: number[] = []
  for (const [{recipe}] of groupBy(cells, ({recipe}) => JSON.stringify({...recipe, seed: 0})).values()) {
    const bytes = await unlessFault(() => bytesOf(recipe, known))
    if (bytes !== undefined) needs.push(bytes)
  }
  return {
    cpu: Math.max(...cells.map(({recipe}) => recipe.threads ?? CORES)),
    memoryBytes: needs.length > 0 ? OWN + Math.max(...needs) : undefined,
  }
}

const CORES = 2

/** Memory of data, and of scoring while programs of training are still in memory. */
const OWN = 2 ** 30

async function bytesOf(recipe: Recipe, known: KnownNeeds): Promise<number> {
  const blueprint = await openBlueprint(recipe)
  const {model} = blueprint
  const examples = await countTrainExamples(recipe, 'labels' in model ? model.labels : undefined)
  return sumMemory(await trainingMemory({...blueprint, recipe: clipBatch(recipe, examples)}, known))
}
