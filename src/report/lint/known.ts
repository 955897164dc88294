import {readdir} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {Fault} from '../../base/fault.ts'
import type {Model} from '../../models/index.ts'
import {headCount, openBlueprint} from '../../recipes/blueprint.ts'
import {trainExamples} from '../../recipes/data/count-examples.ts'
import {readRecipe} from '../../recipes/file/read.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {identityOf} from '../../recipes/identity.ts'
import {settingsText} from '../../recipes/rows.ts'
import {orderOf} from '../../recipes/training/train-order.ts'
import type {KnownRecipe} from '../../results/known-recipe.ts'
import {random} from '../../tensor/random.ts'

export interface Known {
  readonly known: ReadonlyMap<string, KnownRecipe>
  readonly names: readonly string[]
}

/** What the recipes below `configs` say of those of these names, counted from shapes; of the rest their names alone. */
export async function knownRecipes(names: Iterable<string>, configs: string): Promise<Known> {
  const files = await readdir(configs, {recursive: true}).catch(() => [])
  const all = files.filter(file => /\.ya?ml$/.test(file) && !basename(file).startsWith('_'))
  const byName = new Map(all.map(file => [file.replace(/\.ya?ml$/, ''), join(configs, file)]))
  const known = new Map<string, KnownRecipe>()
  for (const name of new Set(names)) {
    const file = byName.get(name)
    const one = file === undefined ? undefined : await readKnown(file)
    if (one) known.set(name, one)
  }
  return {known, names: [...byName.keys()]}
}

/** Undefined where its model is not here. */
async function readKnown(file: string): Promise<KnownRecipe | undefined> {
  try {
    const {recipe} = await readRecipe(file)
    const {plan, model} = await openBlueprint(recipe)
    const headParams = headCount(model, plan)
    return {
      method: recipe.adapter.method,
      params: plan.count - headParams,
      headParams,
      settings: settingsText(recipe.adapter),
      steps: await trainedSteps(recipe, model),
      drawsData: recipe.data.perClass !== undefined,
      columns: recipe.evaluate.splits,
      hash: (seed, model, data) => identityOf({...recipe, seed}, {model, data}).recipe.slice(0, 12),
    }
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}

/** Undefined where nobody knows how many examples it has. */
async function trainedSteps(recipe: Recipe, model: Model): Promise<number | undefined> {
  const {train} = recipe
  if (!train) return 0
  if (train.steps !== undefined) return train.steps
  const examples = await trainExamples(recipe, 'labels' in model ? model.labels : undefined)
  return examples === undefined ? undefined : orderOf(train, {examples, model, random: random(0)}).steps
}
