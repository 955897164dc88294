import {availableParallelism} from 'node:os'
import {readRecipe} from '../read.ts'
import type {Recipe} from '../schema.ts'
import {type Outcome, planEach, type Wanted} from './each.ts'
import {planRun, type RunPlan} from './plan.ts'
import {machineRates} from './rates.ts'

export interface Planned {
  readonly plans: readonly RunPlan[]
  /** What keeps recipes from being planned, each once, with the recipes that it keeps. */
  readonly faults: readonly string[]
}

/** The plan of one recipe file. */
export async function planFile(file: string, set: readonly string[]): Promise<RunPlan> {
  const {recipe, decisions} = await readRecipe(file, {set})
  return planRun(recipe, {decisions, rates: await machineRates()})
}

/** The plans of recipe files, in their order. A fault in a file is thrown; what a file lacks, as its model, is told. */
export async function planFiles(files: readonly string[], set: readonly string[]): Promise<Planned> {
  const rates = await machineRates()
  const groups = new Map<string, Wanted[]>()
  for (const [place, file] of files.entries()) {
    const {recipe, decisions} = await readRecipe(file, {set})
    const key = alike(recipe)
    groups.set(key, [...(groups.get(key) ?? []), {place, file, recipe, decisions}])
  }
  const outcomes =
    files.length < MANY
      ? await planEach([...groups.values()].flat(), rates)
      : await (await import('./threads.ts')).planOnThreads([...groups.values()], {
          rates,
          threads: availableParallelism(),
        })
  outcomes.sort((a, b) => a.place - b.place)
  return {
    plans: outcomes.flatMap(outcome => ('plan' in outcome ? [outcome.plan] : [])),
    faults: told(outcomes),
  }
}

function told(outcomes: readonly Outcome[]): string[] {
  const files = new Map<string, string[]>()
  for (const outcome of outcomes) {
    if ('fault' in outcome) files.set(outcome.fault, [...(files.get(outcome.fault) ?? []), outcome.file])
  }
  return [...files].map(
    ([fault, [first, ...others]]) => `${first}${others.length ? ` and ${others.length} more` : ''}: ${fault}`,
  )
}

/** To start threads takes as long as to plan some twenty recipes. */
const MANY = 40

/** Recipes that are alike share steps. */
const alike = ({model, adapter}: Recipe) => JSON.stringify([model, adapter])
