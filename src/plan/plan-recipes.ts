import {Fault} from '../base/fault.ts'
import type {Decision} from '../recipes/file/profile.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {locateFault} from '../recipes/file/yaml/locate-faults.ts'
import type {Tree} from '../recipes/file/yaml/tree.ts'
import type {Rates} from './doctor/measure-rates.ts'
import {planRun, type RunPlan} from './plan.ts'

/** A recipe to plan, by its place among all. */
export interface PlanRequest {
  readonly place: number
  readonly file: string
  readonly recipe: Recipe
  readonly decisions: readonly Decision[]
  /** What its file wrote, where that is known. */
  readonly tree?: Tree
}

/** Its plan, or what keeps it from being planned, as a missing model does. */
export type PlanOutcome =
  | {readonly place: number; readonly plan: RunPlan}
  | {readonly place: number; readonly file: string; readonly fault: string}

/** Plans recipes one after the other; steps that they share are traced once. */
export async function planRecipes(wanted: readonly PlanRequest[], rates: Rates): Promise<PlanOutcome[]> {
  const known = new Map()
  const outcomes: PlanOutcome[] = []
  for (const {place, file, recipe, decisions, tree} of wanted) {
    try {
      outcomes.push({place, plan: await planRun(recipe, {decisions, rates, known})})
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      outcomes.push({place, file, fault: (tree ? locateFault(error, tree) : error).message})
    }
  }
  return outcomes
}
