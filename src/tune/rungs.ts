import {Fault, prefixFaults} from '../base/fault.ts'
import {openInputs} from '../recipes/experiment.ts'
import type {Recipe, RecipeTraining} from '../recipes/file/schema.ts'
import {trainingOrder} from '../recipes/training/train-order.ts'
import {random} from '../tensor/random.ts'
import type {TunedRange} from './search-space.ts'

/** One round of a search. */
export interface Rung {
  /** The number of trials of each recipe. */
  readonly trials: number
  /** The share of the recipe's own steps that each trial trains for. */
  readonly share: number
}

/**
 * The rungs of a search. A grid has one, which trains every trial in full. Successive halving (Jamieson & Talwalkar, 2016)
 * begins with all trials and few steps; each further rung keeps the better half and doubles the steps, until one trial is left,
 * which trains in full. Every rung costs about the same, and every recipe gets the same rungs.
 */
export function rungsOf(strategy: 'grid' | 'halving', trials: number): readonly Rung[] {
  if (strategy === 'grid') return [{trials, share: 1}]
  const halvings = Math.ceil(Math.log2(trials))
  return Array.from({length: halvings + 1}, (_, i) => ({
    trials: Math.ceil(trials / 2 ** i),
    share: 2 ** (i - halvings),
  }))
}

/** The steps of each rung's trials of a recipe; undefined if they are the recipe's own. */
export type RungSteps = readonly (number | undefined)[]

export interface RungOptions {
  readonly rungs: readonly Rung[]
  /** The ranges that are searched; one of them may be the length of the warm-up. */
  readonly ranges?: readonly TunedRange[]
}

/**
 * The steps of each rung.
 *
 * @throws Fault 'usage' if the first rung is too short to rank trials by; that of the model or the data if they cannot be read
 */
export async function stepsOfRungs(recipe: Recipe, {rungs, ranges = []}: RungOptions): Promise<RungSteps> {
  const {train} = recipe
  if (rungs.length === 1 || !train) return rungs.map(() => undefined)
  const all = train.steps ?? (await countSteps(recipe, train))
  const steps = rungs.map(({share}) => (share === 1 ? undefined : Math.ceil(share * all)))
  const [first = all] = steps
  const {to: warmupSteps = train.warmupSteps ?? 0} = ranges.find(({key}) => key === 'train.warmupSteps') ?? {}
  const least = Math.max(FEWEST, warmupSteps + 1)
  if (first >= least) return steps
  const why = least === FEWEST ? 'too few to rank trials by' : `within train.warmupSteps, which is up to ${warmupSteps}`
  throw new Fault(
    'usage',
    `--halving: ${recipe.name} trains for ${all} steps and its trials in the first of ${rungs.length} rungs for ${first}, ${why}; ` +
      `use fewer --trials, so that these are at least ${least}, or leave out --halving`,
  )
}

const FEWEST = 10

/** The steps of a training in epochs, from its examples as a run reads them; test data are not read. */
async function countSteps(recipe: Recipe, train: RecipeTraining): Promise<number> {
  const open = () => openInputs(scoredOnValidation(recipe))
  const {data, model} = await prefixFaults('--halving counts the training steps', open)
  return trainingOrder(train, {examples: data.examples, model, random: random(0)}).steps
}

/** The recipe scored on validation alone, as each trial is. */
export const scoredOnValidation = (recipe: Recipe): Recipe => ({
  ...recipe,
  evaluate: {...recipe.evaluate, splits: ['validation']},
})
