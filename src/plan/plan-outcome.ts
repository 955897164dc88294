import {Fault, type FaultKind} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {displayPath} from '../base/paths.ts'
import {listSome} from '../base/pluralize.ts'
import type {PaperVersion} from '../paper/rows.ts'
import type {ReadRecipe} from '../recipes/file/read.ts'
import {locateFault} from '../recipes/file/yaml/locate-faults.ts'
import type {RunPlan} from './plan.ts'

/** A recipe to plan, with its index among all. */
export interface PlanRequest extends Pick<ReadRecipe, 'recipe' | 'decisions' | 'tree'> {
  readonly index: number
  readonly file: string
  /** The version of the paper whose printed count is compared. */
  readonly version?: PaperVersion
}

/** The plan of a recipe, or the fault that prevents it, such as a missing model. */
export type PlanOutcome = {readonly index: number; readonly plan: RunPlan} | PlanFailure

export interface PlanFailure {
  readonly index: number
  readonly file: string
  readonly fault: string
  readonly kind: FaultKind
}

/** The outcome of a recipe whose plan a fault prevents, with its position; any other error is thrown. */
export function outcomeOf(error: unknown, {index, file, tree}: PlanRequest): PlanFailure {
  if (!(error instanceof Fault)) throw error
  return {index, file, fault: locateFault(error, tree).message, kind: error.kind}
}

/** Lists the faults that prevent plans: each once, with the files concerned. */
export function listFaults(outcomes: readonly PlanOutcome[]): string[] {
  const files = new Map<string, Set<string>>()
  for (const outcome of outcomes) {
    if ('fault' in outcome) getOrAdd(files, outcome.fault, () => new Set()).add(outcome.file)
  }
  return [...files].map(([fault, concerned]) => {
    const names = [...concerned]
    return names.length === 1 && isNamed(fault, names[0]) ? fault : `${listSome(names, 1)}: ${fault}`
  })
}

/** Whether a fault begins with the path of its file, as it was typed or as positions in recipes show it. */
const isNamed = (fault: string, file: string): boolean =>
  [file, displayPath(file)].some(name => fault.startsWith(`${name}:`))

/** Throws the faults of recipes, if there are any, as one. */
export function checkFailures(failures: readonly PlanFailure[]): void {
  if (failures.length > 0) throw new Fault(failures[0].kind, listFaults(failures).join('\n'))
}
