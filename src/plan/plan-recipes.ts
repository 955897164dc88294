import type {CheckedData} from '../recipes/data/check-data.ts'
import type {KnownCosts} from '../recipes/memory/step-cost.ts'
import type {Rates} from './doctor/measure-rates.ts'
import {planRun} from './plan.ts'
import {outcomeOf, type PlanOutcome, type PlanRequest} from './plan-outcome.ts'
import type {KnownSamples} from './text-lengths.ts'

/** What is known of recipes' data. */
export interface KnownData {
  readonly checked: CheckedData
  readonly samples: KnownSamples
}

/** Plans recipes one after the other; steps that they share are traced once, and data that they share read once. */
export async function planRecipes(
  requests: readonly PlanRequest[],
  rates: Rates,
  data: KnownData = {checked: new Map(), samples: new Map()},
): Promise<PlanOutcome[]> {
  const known: KnownCosts = new Map()
  const outcomes: PlanOutcome[] = []
  for (const request of requests) {
    const {index, recipe, decisions, version} = request
    try {
      outcomes.push({index, plan: await planRun(recipe, {decisions, rates, version, known, ...data})})
    } catch (error) {
      outcomes.push(outcomeOf(error, request))
    }
  }
  return outcomes
}
