import {Fault} from '../base/fault.ts'
import {planAll} from '../plan/plan-files.ts'
import type {Recipe} from '../recipes/file/schema.ts'

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

/**
 * The steps of each rung.
 *
 * @throws Fault 'usage' if the first rung is too short to rank trials by, or the recipe's number of steps is unknown
 */
export async function stepsOfRungs(recipe: Recipe, file: string, rungs: readonly Rung[]): Promise<RungSteps> {
  if (rungs.length === 1) return [undefined]
  const all = recipe.train?.steps ?? (await plannedSteps(recipe, file))
  const steps = rungs.map(({share}) => (share === 1 ? undefined : Math.ceil(share * all)))
  const [first = all] = steps
  const {warmupSteps = 0} = recipe.train ?? {}
  const least = Math.max(FEWEST, warmupSteps + 1)
  if (first >= least) return steps
  const why = least === FEWEST ? 'too few to rank trials by' : `within train.warmupSteps, which is ${warmupSteps}`
  throw new Fault(
    'usage',
    `--halving: ${recipe.name} trains for ${all} steps and its trials in the first of ${rungs.length} rungs for ${first}, ${why}; ` +
      `use fewer --trials, so that these are at least ${least}, or leave out --halving`,
  )
}

const FEWEST = 10

async function plannedSteps(recipe: Recipe, file: string): Promise<number> {
  const [outcome] = await planAll([{index: 0, file, recipe, decisions: []}])
  if ('fault' in outcome) throw new Fault('usage', `--halving: ${outcome.fault}`)
  const steps = outcome.plan.time.train?.steps
  if (steps !== undefined) return steps
  throw new Fault(
    'usage',
    `--halving: ${recipe.name}: the number of training steps is unknown until its data are here; run svft fetch, or set train.steps`,
  )
}
