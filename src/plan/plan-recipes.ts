import {Fault, type FaultKind} from '../base/fault.ts'
import type {PaperVersion} from '../paper/rows.ts'
import type {CheckedData} from '../recipes/data/check-data.ts'
import type {Decision} from '../recipes/file/profile.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {findMistake, locateFault} from '../recipes/file/yaml/locate-faults.ts'
import type {Tree} from '../recipes/file/yaml/tree.ts'
import type {KnownNeeds} from '../recipes/memory/step-needs.ts'
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
export type PlanOutcome = {readonly index: number; readonly plan: RunPlan} | PlanFailure

export interface PlanFailure {
  readonly index: number
  readonly file: string
  readonly fault: string
  readonly kind: FaultKind
}

/** Plans recipes one after the other; steps that they share are traced once, and data that they share checked once. */
export async function planRecipes(
  requests: readonly PlanRequest[],
  rates: Rates,
  checked: CheckedData = new Set(),
): Promise<PlanOutcome[]> {
  const known: KnownNeeds = new Map()
  const outcomes: PlanOutcome[] = []
  for (const request of requests) {
    const {index, recipe, decisions, version} = request
    try {
      outcomes.push({index, plan: await planRun(recipe, {decisions, rates, version, known, checked})})
    } catch (error) {
      outcomes.push(outcomeOf(error, request))
    }
  }
  return outcomes
}

/** The outcome of a recipe whose plan a fault prevents, with its position; any other error is thrown. */
export function outcomeOf(error: unknown, {index, file, tree}: PlanRequest): PlanFailure {
  if (!(error instanceof Fault)) throw error
  return {index, file, fault: tree ? locateFault(error, tree).message : withKeys(error), kind: error.kind}
}

/** The message of a fault, with the keys of the recipe's value that it is about. */
function withKeys(fault: Fault): string {
  const {at, message} = findMistake(fault) ?? {at: [], message: fault.message}
  const keys = at.join('.')
  return message.startsWith(keys) ? message : `${keys}: ${message}`
}
