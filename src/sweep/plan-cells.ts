import {formatBytes} from '../base/format-bytes.ts'
import {groupBy} from '../base/group-by.ts'
import {pluralize} from '../base/pluralize.ts'
import type {RunPlan} from '../plan/plan.ts'
import {listFaults, planAll} from '../plan/plan-files.ts'
import {formatDuration} from '../terminal/rate.ts'
import type {CellRun} from './cell-report.ts'

/** What the cells of a sweep that are not done will take, as far as shapes and this machine's rates tell. */
export interface SweepPlan {
  readonly cells: number
  /** Of computing with all cores of this machine, however many runs share them; decompositions once for each model. */
  readonly seconds: number
  /** Of the cell that takes most. */
  readonly memoryBytes: number
  /** Everything that is missing, once. */
  readonly fetchBytes: number
  /** What runs keep of their state, or of their end. */
  readonly stateBytes: number
  /** By the label of each cell that could be planned: its own seconds. */
  readonly shares: ReadonlyMap<string, number>
  /** What keeps others from being planned. */
  readonly faults: readonly string[]
}

/** Plans the cells that are not done; seeds of one recipe share a plan. */
export async function planSweep(runs: readonly CellRun[]): Promise<SweepPlan> {
  const left = runs.filter(({status}) => status.state !== 'done')
  const alike = [...groupBy(left, ({cell}) => JSON.stringify({...cell.recipe, seed: 0})).values()]
  const wanted = alike.map(([{cell}], index) => ({index, file: cell.file, recipe: cell.recipe, decisions: []}))
  const outcomes = await planAll(wanted)
  const plans = outcomes.flatMap(outcome => ('plan' in outcome ? [outcome] : []))
  const each = plans.flatMap(({index, plan}) => alike[index].map(({cell}) => ({label: cell.label, plan})))
  const shares = new Map(each.map(({label, plan}) => [label, ownSeconds(plan)]))
  return {
    cells: left.length,
    seconds: sum([...shares.values()]) + sum([...decompositions(plans.map(({plan}) => plan)).values()]),
    memoryBytes: Math.max(0, ...plans.map(({plan}) => memoryOf(plan))),
    fetchBytes: sum([...missing(plans.map(({plan}) => plan)).values()]),
    stateBytes: sum(each.map(({plan}) => stateOf(plan))),
    shares,
    faults: listFaults(outcomes),
  }
}

/** `40 cells to do: about 52m of computing on this machine, up to 91 MB of memory each, 24 MB on disk, nothing to fetch`. */
export function planText({cells, seconds, memoryBytes, fetchBytes, stateBytes, shares}: SweepPlan): string {
  if (cells === 0) return 'all cells are done'
  const fetch = fetchBytes === 0 ? 'nothing to fetch' : `${formatBytes(fetchBytes)} to fetch`
  const left = cells - shares.size
  const unknown = left === 0 ? '' : `; ${left} could not be planned`
  return `${pluralize(cells, 'cell')} to do: about ${formatDuration(seconds)} of computing on this machine, up to ${formatBytes(memoryBytes)} of memory each, ${formatBytes(stateBytes)} of states on disk, ${fetch}${unknown}`
}

const sum = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

const ownSeconds = ({time}: RunPlan) => time.seconds - (time.svd?.seconds ?? 0)

/** The weights of one model are decomposed once, for whoever asks for most of them. */
function decompositions(plans: readonly RunPlan[]): ReadonlyMap<string, number> {
  const most = new Map<string, number>()
  for (const {parts, time} of plans) {
    const [{name}] = parts
    most.set(name, Math.max(most.get(name) ?? 0, time.svd?.seconds ?? 0))
  }
  return most
}

const missing = (plans: readonly RunPlan[]): ReadonlyMap<string, number> =>
  new Map(
    plans
      .flatMap(({parts}) => parts)
      .filter(({here}) => !here)
      .map(({name, bytes = 0}) => [name, bytes]),
  )

const memoryOf = ({memory}: RunPlan) => memory.frozenBytes + memory.trainableBytes + memory.workingBytes

/** A run keeps two states, of the trainables and of both their moments. */
const stateOf = ({time, params}: RunPlan) => (time.train ? 2 * 3 * 4 * params : 0)
