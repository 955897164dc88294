import {Fault} from '../../base/fault.ts'
import {groupBy} from '../../base/group-by.ts'
import {openBlueprint} from '../../recipes/blueprint.ts'
import {countTrainExamples} from '../../recipes/data/count-examples.ts'
import {ARENA_FACTOR} from '../../recipes/data/memory-need.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {clipBatch} from '../../recipes/memory/clip-batch.ts'
import {preview} from '../../recipes/memory/preview.ts'
import type {KnownNeeds} from '../../recipes/memory/step-needs.ts'
import type {Cell} from '../cells.ts'

/** What the machine of any of these cells must have free. */
export interface Requests {
  /** Cores: the most threads that a recipe says, at least 2 where one says none. */
  readonly cpu: number
  /** Undefined where no model's config.json is here. */
  readonly memoryBytes: number | undefined
}

/** Asks for all cells what the largest needs, computed from shapes; seeds of one recipe are planned once. */
export async function requestsOf(cells: readonly Cell[]): Promise<Requests> {
  const known: KnownNeeds = new Map()
  const needs: number[] = []
  for (const [{recipe}] of groupBy(cells, ({recipe}) => JSON.stringify({...recipe, seed: 0})).values()) {
    needs.push(...(await bytesOf(recipe, known)))
  }
  return {
    cpu: Math.max(...cells.map(({recipe}) => recipe.threads ?? CORES)),
    memoryBytes: needs.length > 0 ? OWN + Math.max(...needs) : undefined,
  }
}

const CORES = 2

/** Node, its libraries and what they keep of data: the runs of results/ took up to 0.7 GB where a model takes next to none. */
const OWN = 2 ** 30

async function bytesOf(recipe: Recipe, known: KnownNeeds): Promise<readonly number[]> {
  try {
    const blueprint = await openBlueprint(recipe)
    const {model} = blueprint
    const examples = await countTrainExamples(recipe, 'labels' in model ? model.labels : undefined)
    const {memory} = await preview({...blueprint, recipe: clipBatch(recipe, examples)}, {known})
    return [memory.frozenBytes + memory.trainableBytes + ARENA_FACTOR * memory.workingBytes]
  } catch (error) {
    if (error instanceof Fault) return []
    throw error
  }
}
