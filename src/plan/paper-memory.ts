import type {PaperRow, PaperVersion} from '../paper/rows.ts'
import {isSameRun, paperRows} from '../paper/versions.ts'
import {openBlueprint} from '../recipes/blueprint.ts'
import {cellsOf} from '../recipes/file/paper-row.ts'
import {readRecipes} from '../recipes/file/read.ts'
import {shippedRecipesFolder} from '../recipes/file/shipped-recipes.ts'
import {type TrainingMemory, trainingMemory} from '../recipes/memory/check-memory.ts'
import type {KnownCosts} from '../recipes/memory/step-cost.ts'
import {findRecipeFiles} from './catalogue/recipe-files.ts'

/** A row for which the paper prints the memory of the GPU, with the memory that svft plans for its recipe. */
export interface PlannedMemory {
  readonly row: PaperRow
  readonly recipe: string
  /** The number of sequences of a micro-batch, and the tokens of each. */
  readonly microBatch: number
  readonly tokens: number
  /** Whether the recipe computes the activations of each block again in the backward pass. */
  readonly recompute: boolean
  readonly memory: TrainingMemory
}

/** The precision that the paper names, which one engine of svft computes in. */
const BF16 = ['engine=openvino', 'precision=bf16']

/**
 * Plans the memory of every row of a version for which the paper prints one, in bfloat16, with the micro-batch and the
 * number of tokens of its recipe. All of it follows from shapes: no weights are read, and no engine is needed.
 */
export async function planPaperMemory(version: PaperVersion): Promise<PlannedMemory[]> {
  const rows = paperRows(version).filter(({memoryGb}) => memoryGb !== undefined)
  if (rows.length === 0) return []
  const files = await findRecipeFiles([shippedRecipesFolder()])
  const read = await readRecipes(files)
  const fileOf = ({cell}: PaperRow) => files[read.findIndex(({recipe}) => isSameRun(cellsOf(recipe), cell))]
  const chosen = [...new Set(rows.map(fileOf))].filter(file => file !== undefined)
  const known: KnownCosts = new Map()
  const planned = new Map<string, Omit<PlannedMemory, 'row'>>()
  for (const [i, {recipe}] of (await readRecipes(chosen, {set: BF16})).entries()) {
    if (!recipe.train) continue
    const memory = await trainingMemory(await openBlueprint(recipe), known)
    const {microBatch, maxTokens: tokens, recompute} = recipe.train
    planned.set(chosen[i], {recipe: recipe.name, microBatch, tokens, recompute, memory})
  }
  return rows.flatMap(row => {
    const own = planned.get(fileOf(row))
    return own ? [{row, ...own}] : []
  })
}
