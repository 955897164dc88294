import {Fault} from '../base/fault.ts'
import type {PaperVersion} from '../paper/rows.ts'
import type {Decision} from '../recipes/file/profile.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {locateFault} from '../recipes/file/yaml/locate-faults.ts'
import type {Tree} from '../recipes/file/yaml/tree.ts'
import type {Rates} from './doctor/measure-rates.ts'
import {planRun, type RunPlan} from './plan.ts'

/** A recipe to plan, with its index among all. */
export interface PlanRequest {
  readonly index: number
  readonly file: string
  readonly recipe: Recipe
  readonly decisions: readonly Decision[]
  /** The version of the paper whose printed count is compared. */
  readonly version?: PaperVersion
  /** The YAML of its file, where that is known, for the positions of mistakes. */
  readonly tree?: Tree
}

/** The plan of a recipe, or the fault that prevents it, such as a missing model. */
export type PlanOutcome =
  | {readonly index: number; readonly plan: RunPlan}
  | {readonly index: number; readonly file: string; readonly fault: string}

/** Plans recipes one after the other; steps that they share are traced once. */
export async function planRecipes(requests: readonly PlanRequest[], rates: Rates): Promise<PlanOutcome[]> {
  const known = new Map()
  const outcomes: PlanOutcome[] = []
  for (const {index, file, recipe, decisions, version, tree} of requests) {
    try {
      outcomes.push({index, plan: await planRun(recipe, {decisions, rates, version, known})})
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      outcomes.push({index, file, fault: (tree ? locateFault(error, tree) : error).message})
    }
  }
  return outcomes
}
