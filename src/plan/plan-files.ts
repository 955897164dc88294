import {availableParallelism} from 'node:os'
import {groupBy} from '../base/group-by.ts'
import {readRecipe, readRecipes} from '../recipes/file/read.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {locateFaults} from '../recipes/file/yaml/locate-faults.ts'
import {machineRates} from './doctor/cached-rates.ts'
import {planRun, type RunPlan} from './plan.ts'
import {type PlanOutcome, type PlanRequest, planRecipes} from './plan-recipes.ts'

export interface PlannedFiles {
  readonly plans: readonly RunPlan[]
  /** What keeps recipes from being planned, each once, with the recipes that it keeps. */
  readonly faults: readonly string[]
}

/** The plan of one recipe file. */
export async function planFile(file: string, set: readonly string[]): Promise<RunPlan> {
  const {recipe, decisions, tree} = await readRecipe(file, {set})
  return locateFaults(tree, async () => planRun(recipe, {decisions, rates: await machineRates()}))
}

/** The plans of recipe files, in their order. A fault in a file is thrown; what a file lacks, as its model, is told. */
export async function planFiles(files: readonly string[], set: readonly string[]): Promise<PlannedFiles> {
  const read = await readRecipes(files, {set})
  const outcomes = await planAll(files.map((file, place) => ({...read[place], place, file})))
  return {
    plans: outcomes.flatMap(outcome => ('plan' in outcome ? [outcome.plan] : [])),
    faults: listFaults(outcomes),
  }
}

/** What keeps recipes from being planned: each fault once, with the files that it keeps. */
export function listFaults(outcomes: readonly PlanOutcome[]): string[] {
  const files = new Map<string, string[]>()
  for (const outcome of outcomes) {
    if ('fault' in outcome) files.set(outcome.fault, [...(files.get(outcome.fault) ?? []), outcome.file])
  }
  return [...files].map(
    ([fault, [first, ...others]]) => `${first}${others.length ? ` and ${others.length} more` : ''}: ${fault}`,
  )
}

/** Plans many recipes, in the order of their places; those that are alike one after the other. */
export async function planAll(wanted: readonly PlanRequest[]): Promise<PlanOutcome[]> {
  const rates = await machineRates()
  const groups = [...groupBy(wanted, ({recipe}) => alike(recipe)).values()]
  const outcomes =
    wanted.length < MANY
      ? await planRecipes(groups.flat(), rates)
      : await (await import('./plan-threads.ts')).planOnThreads(groups, {rates, threads: availableParallelism()})
  return outcomes.sort((a, b) => a.place - b.place)
}

/** To start threads takes as long as to plan some twenty recipes. */
const MANY = 40

/** Recipes that are alike share steps. */
const alike = ({model, adapter}: Recipe) => JSON.stringify([model, adapter])
