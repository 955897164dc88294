import {groupBy} from '../../base/collections.ts'
import {unlessFault} from '../../base/fault.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {countTrainExamples} from '../../recipes/data/count-examples.ts'
import {withoutSeed} from '../../recipes/file/change-recipe.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {sumMemory, trainingMemory} from '../../recipes/memory/check-memory.ts'
import {clipBatch, type KnownCosts} from '../../recipes/memory/step-cost.ts'
import type {Cell} from '../cells.ts'

/** The resources that any of the cells needs. */
export interface ResourceRequests {
  /** Cores: the largest number of threads of a recipe; a recipe that sets none counts as 2. */
  readonly cpu: number
  /** Undefined if a model's config.json is not here. */
  readonly memoryBytes: number | undefined
}

/** Computes what the largest cell needs, from shapes. */
export async function computeRequests(cells: readonly Cell[]): Promise<ResourceRequests> {
  const known: KnownCosts = new Map()
  const needs: (number | undefined)[] = []
  for (const [{recipe}] of groupBy(cells, ({recipe}) => JSON.stringify(withoutSeed(recipe))).values()) {
    needs.push(await unlessFault(() => bytesOf(recipe, known)))
  }
  const bytes = needs.filter(need => need !== undefined)
  return {
    cpu: Math.max(...cells.map(({recipe}) => recipe.threads ?? CORES)),
    memoryBytes: bytes.length === needs.length ? OWN + Math.max(...bytes) : undefined,
  }
}

const CORES = 2

/** Memory of data, and of scoring while programs of training are still in memory. */
const OWN = 2 ** 30

async function bytesOf(recipe: Recipe, known: KnownCosts): Promise<number> {
  const blueprint = await openBlueprint(recipe)
  const {model} = blueprint
  // data that cannot be read here may fill whole batches there
  const examples = await unlessFault(() => countTrainExamples(recipe, 'labels' in model ? model.labels : undefined))
  const clipped = examples === undefined ? recipe : clipBatch(recipe, examples)
  return sumMemory(await trainingMemory({...blueprint, recipe: clipped}, known))
}
