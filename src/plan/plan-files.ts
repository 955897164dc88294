import {availableParallelism} from 'node:os'
import {groupBy} from '../base/collections.ts'
import {openThread} from '../base/thread.ts'
import type {PaperVersion} from '../paper/rows.ts'
import {byVersion} from '../paper/versions.ts'
import {readRecipe, readRecipes} from '../recipes/file/read.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {locateFaults} from '../recipes/file/yaml/locate-faults.ts'
import {countRows} from './catalogue/totals.ts'
import {machineRates} from './doctor/cached-rates.ts'
import type {Rates} from './doctor/measure-rates.ts'
import {planRun, type RunPlan} from './plan.ts'
import {listFaults, type PlanOutcome, type PlanRequest} from './plan-outcome.ts'
import {planRecipes} from './plan-recipes.ts'

export interface PlanFilesOptions {
  /** Overrides for every recipe. */
  readonly set?: readonly string[]
  /** The version of the paper whose printed counts are compared; default: that of each recipe's cell. */
  readonly version?: PaperVersion
}

export interface FilePlans {
  readonly plans: readonly RunPlan[]
  /** The missing models and files that prevent plans. */
  readonly faults: readonly string[]
  /** The number of rows of each version that the planned recipes reproduce. */
  readonly rows: Readonly<Record<PaperVersion, number>>
}

/** Plans one recipe file; a fault is thrown. */
export async function planFile(file: string, {set = [], version}: PlanFilesOptions = {}): Promise<FilePlans> {
  const {recipe, decisions, tree} = await readRecipe(file, {set})
  const plan = await locateFaults(tree, () => planRun(recipe, {decisions, version}))
  return {plans: [plan], faults: [], rows: rowsOf([recipe])}
}

/** Plans recipe files, in their order. A mistake in a file is thrown; a missing model or file is listed in `faults`. */
export async function planFiles(
  files: readonly string[],
  {set = [], version}: PlanFilesOptions = {},
): Promise<FilePlans> {
  const read = await readRecipes(files, {set})
  const outcomes = await planAll(files.map((file, index) => ({...read[index], index, file, version})))
  const planned = outcomes.flatMap(outcome => ('plan' in outcome ? [read[outcome.index].recipe] : []))
  return {
    plans: outcomes.flatMap(outcome => ('plan' in outcome ? [outcome.plan] : [])),
    faults: listFaults(outcomes),
    rows: rowsOf(planned),
  }
}

const rowsOf = (recipes: readonly Recipe[]) => byVersion(version => countRows(recipes, version).rows)

/** Plans many recipes and returns the outcomes in their order; recipes of one model and method are planned together. */
export async function planAll(requests: readonly PlanRequest[]): Promise<PlanOutcome[]> {
  const rates = await machineRates(requests.map(({recipe}) => recipe))
  const groups = [...groupBy(requests, ({recipe}) => stepKey(recipe)).values()]
  const outcomes =
    requests.length < MIN_FOR_THREADS ? await planRecipes(groups.flat(), rates) : await planOnThreads(groups, rates)
  return outcomes.sort((a, b) => a.index - b.index)
}

/** Below this, starting threads takes longer than they save. */
const MIN_FOR_THREADS = 40

/** Recipes of one model and method share traced steps. */
const stepKey = ({model, adapter}: Recipe) => JSON.stringify([model, adapter])

/** Plans groups of recipes on threads, each of which takes the next group when it is done. */
async function planOnThreads(groups: readonly (readonly PlanRequest[])[], rates: Rates): Promise<PlanOutcome[]> {
  const pending = [...groups]
  const outcomes: PlanOutcome[] = []
  const runThread = async () => {
    const thread = openThread<readonly PlanRequest[], PlanOutcome[]>(new URL('./planning-thread.js', import.meta.url), {
      workerData: rates,
      resourceLimits: {maxYoungGenerationSizeMb: 64}, // the many small objects of a trace are short-lived
    })
    try {
      for (let group = pending.shift(); group; group = pending.shift()) outcomes.push(...(await thread.request(group)))
    } finally {
      await thread.close()
    }
  }
  await Promise.all(Array.from({length: Math.min(availableParallelism(), groups.length)}, runThread))
  return outcomes
}
