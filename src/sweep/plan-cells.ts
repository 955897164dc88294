import {compact, groupBy, sum} from '../base/collections.ts'
import {isMistake} from '../base/fault.ts'
import {formatBytes} from '../base/format-bytes.ts'
import {pluralize} from '../base/pluralize.ts'
import {checkPaths} from '../plan/check-paths.ts'
import {missingBytes, missingOfUnknownSize} from '../plan/inputs.ts'
import type {RunPlan} from '../plan/plan.ts'
import {planAll} from '../plan/plan-files.ts'
import {checkFailures, listFaults, type PlanOutcome, type PlanRequest} from '../plan/plan-outcome.ts'
import {withoutSeed} from '../recipes/file/change-recipe.ts'
import {sumMemory} from '../recipes/memory/check-memory.ts'
import {mean} from '../statistics/mean-variance.ts'
import {formatDuration} from '../terminal/rate.ts'
import type {CellRun} from './cell-report.ts'

/** The estimated cost of the cells of a sweep that are not done. */
export interface SweepPlan {
  readonly cells: number
  /** Seconds of computing on all cores of this machine. Each model is decomposed once. */
  readonly seconds: number
  /** The peak memory of the largest cell. */
  readonly memoryBytes: number
  /** The size of all missing files, as far as it is known. */
  readonly fetchBytes: number
  /** The number of missing files of unknown size. */
  readonly fetchUnknown: number
  /** The size of the checkpoints that the finished runs keep. */
  readonly stateBytes: number
  /** The number of cells whose examples cannot be counted yet, so that their time is unknown. */
  readonly unknown: number
  /** The seconds of each cell whose time could be planned, by its label. */
  readonly shares: ReadonlyMap<string, number>
  /** The reasons why other cells could not be planned, or cannot be trained. */
  readonly faults: readonly string[]
  /** Settings that have another effect than they seem to, each once for a recipe. */
  readonly warnings: readonly {readonly recipe: string; readonly text: string}[]
}

/**
 * Plans the cells that are not done. Seeds of one recipe share a plan.
 *
 * @throws Fault that lists the missing files that are not on the hub, 'input' or 'recipe' that lists the mistakes that
 * would make cells fail
 */
export async function planSweep(runs: readonly CellRun[]): Promise<SweepPlan> {
  const left = runs.filter(({status}) => status.state !== 'done')
  const badRows = left.flatMap(({status}) => ('hasBadRow' in status ? [status.failure.message] : []))
  const able = left.filter(({status}) => !('hasBadRow' in status))
  const alike = [...groupBy(able, ({cell}) => JSON.stringify(withoutSeed(cell.recipe))).values()]
  const requests = alike.map(([{cell}], index) => ({...cell, index}))
  await checkPaths(requests)
  const outcomes = await planAll(requests)
  checkFailures(outcomes.flatMap(outcome => ('fault' in outcome && isMistake(outcome) ? [outcome] : [])))
  const planned = outcomes.flatMap(outcome => ('plan' in outcome && !outcome.plan.refused ? [outcome] : []))
  const plans = planned.map(({plan}) => plan)
  const parts = plans.flatMap(({parts}) => parts)
  const each = planned.flatMap(({index, plan}) => alike[index].map(({cell}) => ({label: cell.label, plan})))
  const known = each.filter(({plan}) => plan.time.unknown.length === 0)
  const shares = new Map(known.map(({label, plan}) => [label, ownSeconds(plan)]))
  return {
    cells: left.length,
    seconds: sum([...shares.values()]) + sum([...decompositions(plans).values()]),
    memoryBytes: Math.max(0, ...plans.map(memoryOf)),
    fetchBytes: missingBytes(parts),
    fetchUnknown: missingOfUnknownSize(parts),
    stateBytes: sum(each.map(({plan}) => stateOf(plan))),
    unknown: each.length - known.length,
    shares,
    faults: [...badRows, ...listFaults(outcomes.map(outcome => asFailure(outcome, requests)))],
    warnings: listWarnings(plans),
  }
}

/** A plan that svft cannot train as a failure: its cell will fail, and the others go on. */
function asFailure(outcome: PlanOutcome, requests: readonly PlanRequest[]): PlanOutcome {
  const refused = 'plan' in outcome ? outcome.plan.refused : undefined
  const {index} = outcome
  return refused === undefined ? outcome : {index, file: requests[index].file, fault: refused, kind: 'recipe'}
}

const listWarnings = (plans: readonly RunPlan[]): SweepPlan['warnings'] =>
  [...groupBy(plans, ({recipe}) => recipe)].flatMap(([recipe, own]) =>
    [...new Set(own.flatMap(({warnings}) => warnings))].map(text => ({recipe, text})),
  )

/** What it takes to start the process of a run and to open its model and data, measured with tiny ones. */
const START_SECONDS = 1.5

/** `40 cells to do: about 52m of computing on this machine, peak memory of training up to 91 MB each, 24 MB on disk, nothing to fetch`. */
export function sweepPlanText({
  cells,
  seconds,
  memoryBytes,
  fetchBytes,
  fetchUnknown,
  stateBytes,
  unknown,
  shares,
}: SweepPlan): string {
  if (cells === 0) return 'all cells are done'
  const unplanned = cells - shares.size - unknown
  const starts = START_SECONDS * shares.size
  const needs = compact([
    shares.size === 0 ? 'no estimate of the time' : `about ${formatDuration(seconds)} of computing on this machine`,
    starts > seconds / 10 && `about ${formatDuration(starts)} of starting processes`,
    memoryBytes > 0 && `peak memory of training up to ${formatBytes(memoryBytes)} each`,
    stateBytes > 0 && `${formatBytes(stateBytes)} of checkpoints on disk`,
    fetchBytes > 0 && `${formatBytes(fetchBytes)} to fetch`,
    fetchUnknown > 0 && `${pluralize(fetchUnknown, 'file')} of unknown size to fetch`,
    fetchBytes + fetchUnknown === 0 && unplanned < cells && 'nothing to fetch',
  ])
  return compact([
    `${pluralize(cells, 'cell')} to do: ${needs.join(', ')}`,
    unknown > 0 && `${unknown} of unknown length`,
    unplanned > 0 && `${unplanned} cannot be planned or trained`,
  ]).join('; ')
}

/** Returns each cell's share of the work: 0 if it is done, and the mean of the other cells if its time is unknown. */
export function sharesOf(runs: readonly CellRun[], {shares}: SweepPlan): ReadonlyMap<string, number> {
  const typical = typicalShare(shares)
  return new Map(
    runs.map(({cell: {label}, status}) => [label, status.state === 'done' ? 0 : (shares.get(label) ?? typical)]),
  )
}

/** The seconds of all cells, those of unknown length counted as typical ones; undefined if none is known. */
export const plannedSeconds = ({cells, seconds, shares}: SweepPlan): number | undefined =>
  shares.size === 0 ? undefined : seconds + (cells - shares.size) * typicalShare(shares)

const typicalShare = (shares: SweepPlan['shares']) => (shares.size === 0 ? 1 : mean([...shares.values()]))

/** Sorts the longest runs first, so that no worker is left alone with a long one at the end. */
export const longestFirst = (runs: readonly CellRun[], shares: ReadonlyMap<string, number>): readonly CellRun[] =>
  runs.toSorted((a, b) => (shares.get(b.cell.label) ?? 0) - (shares.get(a.cell.label) ?? 0))

const ownSeconds = ({time}: RunPlan) => time.seconds - (time.svd?.seconds ?? 0)

/** Seconds of decomposition by model, for the recipe that adapts most of its weights. */
function decompositions(plans: readonly RunPlan[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>()
  for (const {parts, time} of plans) {
    const [{name}] = parts
    most.set(name, Math.max(most.get(name) ?? 0, time.svd?.seconds ?? 0))
  }
  return most
}

const memoryOf = ({memory}: RunPlan) => sumMemory(memory)

/** A finished run keeps one checkpoint, with the trainable parameters and their two moments in float32. */
const stateOf = ({time, params}: RunPlan) => (time.train ? 3 * 4 * params : 0)
