import type {CheckedData} from '../recipes/data/check-data.ts'
import type {KnownCosts} from '../recipes/memory/step-cost.ts'
import type {Rates} from './doctor/measure-rates.ts'
import {planRun} from './plan.ts'
import {outcomeOf, type PlanOutcome, type PlanRequest} from './plan-outcome.ts'

/** Plans recipes one after the other; steps that they share are traced once, and data that they share checked once. */
export async function planRecipes(
  requests: readonly PlanRequest[],
  rates: Rates,
  checked: CheckedData = new Map(),
): Promise<PlanOutcome[]> {
  const known: KnownCosts = new Map()
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
