import {Fault, type FaultKind} from '../base/fault.ts'
import {getOrAdd} from '../base/memoize.ts'
import {listSome} from '../base/pluralize.ts'
import type {PaperVersion} from '../paper/rows.ts'
import type {Decision} from '../recipes/file/profile.ts'
import type {Recipe} from '../recipes/file/schema.ts'
import {findMistake, locateFault} from '../recipes/file/yaml/locate-faults.ts'
import type {Tree} from '../recipes/file/yaml/tree.ts'
import type {RunPlan} from './plan.ts'

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

/** Lists the faults that prevent plans: each once, with the files concerned. */
export function listFaults(outcomes: readonly PlanOutcome[]): string[] {
  const files = new Map<string, Set<string>>()
  for (const outcome of outcomes) {
    if ('fault' in outcome) getOrAdd(files, outcome.fault, () => new Set()).add(outcome.file)
  }
  return [...files].map(([fault, concerned]) => {
    const names = [...concerned]
    return names.length === 1 && fault.startsWith(`${names[0]}:`) ? fault : `${listSome(names, 1)}: ${fault}`
  })
}

/** Throws the faults of recipes, if there are any, as one. */
export function checkFailures(failures: readonly PlanFailure[]): void {
  if (failures.length > 0) throw new Fault(failures[0].kind, listFaults(failures).join('\n'))
}
